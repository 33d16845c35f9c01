// What goes wrong, and how it is told.

import assert from "node:assert/strict";
import { ask, choose, ready, serve, vary, visit } from "./browser.mjs";

export const faults = {
  async a_wrong_value_is_told_beside_its_field_in_the_servers_words({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await page.fill("#n", "12");
    await page.click("#vary");
    await page.waitForSelector("#n-error:not(:empty)");
    assert.equal(await page.textContent("#n-error"), "12 is greater than the maximum of 10 - 'n'");
    assert.equal(await page.evaluate(() => document.activeElement.id), "n");
    await vary(page, { n: 1 });
    assert.equal(await page.textContent("#n-error"), "");
  },
  async a_wrong_key_is_told_beside_the_key_and_a_right_one_is_kept_for_the_tab({ browser }) {
    const server = await serve("--api-key", "right-key");
    try {
      const page = await visit(browser, server.url);
      assert.deepEqual(page.complaints, []);
      await choose(page);
      await page.fill("#key", "wrong-key");
      await page.click("#vary");
      await page.waitForSelector("#key-error:not(:empty)");
      assert.match(await page.textContent("#key-error"), /^Incorrect API key provided\./);
      await page.fill("#key", "right-key");
      await vary(page, { n: 1 });
      await page.reload();
      await ready(page);
      assert.equal(await page.inputValue("#key"), "right-key");
      assert.ok((await page.locator("#model option").count()) > 1);
      const elsewhere = await page.evaluate(() => JSON.stringify(localStorage) + document.cookie);
      assert.equal(elsewhere, "{}");
      const other = await page.context().newPage();
      await other.goto(server.url);
      await ready(other);
      assert.equal(await other.inputValue("#key"), "");
    } finally {
      server.stop();
    }
  },
  async a_key_is_asked_for_when_the_first_one_is_made_meanwhile({ browser }) {
    const server = await serve();
    try {
      const page = await visit(browser, server.url);
      await choose(page);
      assert.ok(await page.isHidden("#key"));
      const key = server.run("keys", "create", "first");
      while ((await ask(server.url)) !== 401);
      await page.click("#vary");
      await page.waitForSelector("#key-error:not(:empty)");
      assert.ok(await page.isVisible("#key"));
      await page.fill("#key", key);
      await vary(page, { n: 1 });
      await page.reload();
      await ready(page);
      assert.ok(await page.isVisible("#key"));
    } finally {
      server.stop();
    }
  },
  async a_server_that_is_gone_is_told_and_nothing_is_lost({ browser }) {
    const server = await serve();
    const page = await visit(browser, server.url);
    await choose(page);
    await vary(page, { n: 1 });
    server.stop();
    await page.click("#vary");
    await page.waitForSelector("#notice:not([hidden])");
    assert.match(await page.textContent("#notice"), /does not answer/);
    assert.equal(await page.locator(".card[data-state=done]").count(), 1);
  },
};
