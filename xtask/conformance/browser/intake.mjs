// How pictures come in, and how those that are not square are made so.

import assert from "node:assert/strict";
import fs from "node:fs";
import { choose, listen, picture, press, visit } from "./browser.mjs";

const file = (name) => {
  const base64 = fs.readFileSync(picture(name)).toString("base64");
  return { name: `${name}.png`, base64 };
};

/** Has the page get a file by an event that carries files. */
const carry = (page, kind, carried) =>
  page.evaluate(({ kind, name, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type: "image/png" }));
    const event = kind === "paste"
      ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
      : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
  }, { kind, ...carried });

const themeOf = async (page) => {
  await page.waitForSelector(".ghosts");
  return page.textContent("#theme-name");
};

/** What a click on the button sends: the fields, and of the picture its name and its sides. */
async function sent(page) {
  await listen(page);
  await press(page);
  return page.evaluate(async () => {
    const { image, ...fields } = Object.fromEntries(window.exchange.fields);
    const { width, height } = await createImageBitmap(image);
    return { ...fields, name: image.name, width, height };
  });
}

export const intake = {
  async a_file_can_be_chosen({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    assert.equal(await page.textContent("#theme-name"), "otter.png");
    assert.equal(await page.locator(".ghosts .card").count(), 4);
    await page.click("[data-step='1']");
    assert.equal(await page.locator(".ghosts .card").count(), 5);
  },
  async a_file_can_be_dropped({ browser, url }) {
    const page = await visit(browser, url);
    await carry(page, "drop", file("otter"));
    assert.equal(await themeOf(page), "otter.png");
  },
  async a_file_can_be_pasted({ browser, url }) {
    const page = await visit(browser, url);
    await carry(page, "paste", file("otter"));
    assert.equal(await themeOf(page), "otter.png");
  },
  async a_sample_can_be_tried({ browser, url }) {
    const page = await visit(browser, url);
    await page.click("[data-sample=town]");
    assert.equal(await themeOf(page), "town.webp");
    await page.fill("#n", "1");
    await page.click("#vary");
    await page.waitForSelector("[data-state=done]");
  },
  async what_is_no_picture_is_told_beside_the_picture({ browser, url }) {
    const page = await visit(browser, url);
    const buffer = Buffer.from("this is no picture");
    await page.setInputFiles("#image", { name: "a.heic", mimeType: "image/heic", buffer });
    await page.waitForSelector("#image-error:not(:empty)");
    assert.match(await page.textContent("#image-error"), /cannot read image\/heic/);
  },
  async a_picture_that_is_not_square_is_cropped_where_the_square_is({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page, "oblong");
    const square = page.locator(".square");
    const before = await square.boundingBox();
    await page.mouse.move(before.x + 30, before.y + 30);
    await page.mouse.down();
    await page.mouse.move(before.x - 200, before.y + 30);
    await page.mouse.up();
    const left = await square.evaluate((element) => element.style.left);
    assert.equal(left, "0%");
    await square.press("ArrowRight");
    assert.notEqual(await square.evaluate((element) => element.style.left), left);
    await page.fill("#n", "1");
    const { name, fit, width, height } = await sent(page);
    assert.deepEqual([name, fit, width], ["oblong-square.png", undefined, height]);
  },
  async a_picture_that_is_not_square_can_be_padded_or_left_to_the_server({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page, "oblong");
    await page.fill("#n", "1");
    const cropped = await sent(page);
    assert.deepEqual([cropped.name, cropped.fit], ["oblong.png", "crop"]);
    await page.check("[name=shape][value=pad]", { force: true });
    assert.equal((await sent(page)).fit, "pad");
  },
  async a_photograph_can_be_taken_on_a_phone({ browser, url }) {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    const page = await visit(browser, url, phone);
    assert.ok(await page.isVisible("text=Take a photograph"));
    await page.setInputFiles("#camera", picture("otter"));
    assert.equal(await themeOf(page), "otter.png");
  },
  async every_setting_is_sent({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await page.waitForSelector("#model option[value=variata-patch]", { state: "attached" });
    await page.selectOption("#model", "variata-patch");
    await page.fill("#n", "1");
    await page.fill("#seed", "7");
    await page.fill("#strength", "0.3");
    await page.check("[name=size][value='256x256']", { force: true });
    const { n, size, strength, seed, model } = await sent(page);
    assert.deepEqual([n, size, strength, seed, model], ["1", "256x256", "0.3", "7", "variata-patch"]);
  },
};
