// For everybody: by keyboard, with a screen reader, on a small screen, without scripts.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import { choose, picture, vary, visit } from "./browser.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails with every rule of axe that the page breaks. */
export async function accessible(page, state) {
  // The page's own policy forbids what is not its own; the tool comes in past it.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, [], state);
}

async function inEveryState(browser, url, options) {
  const page = await visit(browser, url, options);
  await accessible(page, "empty");
  await choose(page, "oblong");
  await accessible(page, "a picture that is not square");
  await page.fill("#n", "12");
  await page.click("#vary");
  await page.waitForSelector("#n-error:not(:empty)");
  await accessible(page, "an error");
  await vary(page, { n: 2 });
  await page.click(".tools button >> nth=0");
  await vary(page, { n: 2 });
  await accessible(page, "results with a lineage");
  await page.click(".run .picture >> nth=0");
  await accessible(page, "one picture large");
  await page.click("#viewer-close");
  await page.click("text=As code");
  await accessible(page, "a request as code");
}

export const SMALL = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

export const access = {
  async axe_finds_nothing_in_the_light({ browser, url }) {
    await inEveryState(browser, url, { colorScheme: "light" });
  },
  async axe_finds_nothing_in_the_dark({ browser, url }) {
    await inEveryState(browser, url, { colorScheme: "dark" });
  },
  async axe_finds_nothing_on_a_small_screen({ browser, url }) {
    await inEveryState(browser, url, SMALL);
  },
  async a_keyboard_is_enough({ browser, url }) {
    const page = await visit(browser, url);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
    const tabTo = async (wanted) => {
      for (let presses = 0; presses < 60; presses += 1) {
        if ((await focused()) === wanted) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`${wanted} cannot be reached; stuck at ${await focused()}`);
    };
    await tabTo("image");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
    await chooser.setFiles(picture("otter"));
    await page.waitForSelector(".ghosts");
    assert.equal(await focused(), "vary");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".run[data-state=over]");
    await tabTo("picture");
    await page.keyboard.press("Enter");
    await tabTo("viewer-split");
    for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("ArrowRight");
    assert.equal(await page.inputValue("#viewer-split"), "3");
    await page.keyboard.press("Escape");
    assert.equal(await focused(), "picture");
  },
  async nothing_is_wider_than_a_small_screen({ browser, url }) {
    const page = await visit(browser, url, SMALL);
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(await width(), 360);
    await choose(page, "oblong");
    await vary(page, { n: 2 });
    assert.equal(await width(), 360);
    await page.click(".run .picture >> nth=0");
    const dialog = await page.locator("#viewer").boundingBox();
    assert.ok(dialog.x >= 0 && dialog.x + dialog.width <= 360, JSON.stringify(dialog));
  },
  async the_page_works_over_plain_http_in_a_network({ browser, url }) {
    const page = await visit(browser, url.replace("127.0.0.1", "variata.test"));
    assert.equal(await page.evaluate(() => isSecureContext), false);
    await choose(page);
    await vary(page, { n: 1 });
    await page.click(".tools button >> nth=0");
    await vary(page, { n: 1 });
    await page.click("text=As code");
    await page.click("#code-copy");
    await page.waitForSelector("text=Copied");
    assert.deepEqual(page.complaints, []);
  },
  async the_form_works_without_scripts({ browser, url }) {
    const page = await visit(browser, url, { javaScriptEnabled: false });
    await page.setInputFiles("#image", picture("oblong"));
    await page.fill("#n", "2");
    await page.click("#vary");
    await page.waitForSelector(".plain figure");
    assert.equal(await page.locator(".plain figure img").count(), 2);
    const link = await page.getAttribute(".plain figure img", "src");
    const file = await page.request.get(new URL(link, url).href);
    assert.equal(file.headers()["content-type"], "image/png");
    assert.deepEqual(page.complaints, []);
  },
};
