// The operators' page, on a listener of its own.

import assert from "node:assert/strict";
import { accessible, SMALL } from "./access.mjs";
import { ask, serve, visit } from "./browser.mjs";

/** Waits until `server` knows of `count` keys that were created beside it. */
export async function known(server, count) {
  for (let created = 0; created < count;) {
    const overview = await (await fetch(`${server.admin}/admin/overview.json`)).json();
    created = overview.keys.filter((key) => key.origin === "created").length;
  }
}

/** A server with a key at work, one that is idle, and an error. */
async function busy() {
  const server = await serve();
  const key = server.run("keys", "create", "phone app", "--images-per-minute", "60");
  server.run("keys", "create", "nightly import");
  await known(server, 2);
  assert.equal(await ask(server.url, { key, n: "2" }), 200);
  assert.equal(await ask(server.url, { key, n: "12" }), 400);
  return { ...server, key };
}

export const operators = {
  async axe_finds_nothing_on_the_operators_page({ browser }) {
    const empty = await serve();
    await accessible(await visit(browser, `${empty.admin}/admin`), "nothing has happened");
    empty.stop();
    const server = await busy();
    try {
      for (const options of [{ colorScheme: "light" }, { colorScheme: "dark" }, SMALL]) {
        const page = await visit(browser, server.admin, options);
        assert.equal(new URL(page.url()).pathname, "/admin");
        await accessible(page, JSON.stringify(options));
        const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(width <= 0, `${width} px too wide`);
        assert.deepEqual(page.complaints, []);
      }
    } finally {
      server.stop();
    }
  },
  async operators_see_who_asks_without_a_script_and_without_a_secret({ browser }) {
    const server = await busy();
    try {
      const page = await visit(browser, `${server.admin}/admin`, { javaScriptEnabled: false });
      const text = await page.textContent("main");
      for (const told of ["phone app", "60 images/min", "nightly import", "never", "400"]) {
        assert.ok(text.includes(told), `no ${told}`);
      }
      assert.ok(!text.includes(server.key.split("-").at(-1)), "the key is told");
      await page.click("text=Follow");
      assert.ok(await page.isVisible("text=Stop following"));
    } finally {
      server.stop();
    }
  },
};
