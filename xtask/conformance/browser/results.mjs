// What comes back, and what can be done with it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { choose, download, listen, picture, pixels, ready, vary, visit } from "./browser.mjs";

/** Notes every state that a frame is in, from before the request on. */
const watchStates = (page) =>
  page.evaluate(() => {
    window.states = [];
    const note = () => {
      for (const card of document.querySelectorAll(".run .card")) window.states.push(card.dataset.state);
    };
    const options = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] };
    new MutationObserver(note).observe(document.getElementById("runs"), options);
  });

/** The text that the dialog shows for `language`, for the newest run. */
async function code(page, language) {
  await page.click("text=As code");
  await page.check(`[name=language][value=${language}]`, { force: true });
  const text = await page.textContent("#code-text");
  await page.click("#code-close");
  return text;
}

const folder = () => {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "variata-code-"));
  fs.copyFileSync(picture("otter"), path.join(made, "otter.png"));
  return made;
};

export const results = {
  async coarse_pictures_come_before_finished_ones_and_progress_ends({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await watchStates(page);
    await vary(page, { n: 3 });
    const states = await page.evaluate(() => window.states);
    assert.ok(states.includes("sketch"), "no preview was shown");
    assert.ok(states.indexOf("sketch") < states.indexOf("done"));
    assert.equal(await page.getAttribute("[role=progressbar]", "aria-valuenow"), "3");
    assert.equal(await page.textContent("#status"), "3 of 3 finished");
    assert.deepEqual(page.complaints, []);
  },
  async a_download_has_the_bytes_that_the_endpoint_sent({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await listen(page);
    await vary(page, { n: 1 });
    const stream = await page.evaluate(() => window.exchange.answer);
    const data = stream.match(/^event: image_variation\.completed\ndata: (.*)$/m)[1];
    const { bytes, name } = await download(page, ".tools a");
    assert.equal(name, "otter-7.png");
    assert.ok(bytes.equals(Buffer.from(JSON.parse(data).b64_json, "base64")));
  },
  async all_come_in_one_sound_archive({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await vary(page, { n: 3 });
    const { bytes, name } = await download(page, "text=Download all");
    assert.equal(name, "otter-variations.zip");
    const place = path.join(folder(), name);
    fs.writeFileSync(place, bytes);
    const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *z.namelist())";
    const told = execFileSync("python3", ["-c", script, place]).toString().trim();
    assert.equal(told, "None otter-7.png otter-8.png otter-9.png");
  },
  async the_contact_sheet_shows_the_theme_and_all({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await vary(page, { n: 3 });
    const { bytes } = await download(page, "text=Contact sheet");
    const { width, height } = pixels(bytes);
    assert.deepEqual([width, height], [28 + 2 * 348, 28 + 2 * 388]);
  },
  async the_copied_commands_make_the_same_picture({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await vary(page, { n: 1 });
    const { bytes } = await download(page, ".tools a");
    const place = folder();
    const command = (await code(page, "variata")).replace("variata", process.env.VARIATA_BINARY);
    execFileSync("sh", ["-c", `${command} -o out`], { cwd: place, stdio: "ignore" });
    const made = fs.readFileSync(path.join(place, "out/otter-7.png"));
    assert.ok(pixels(made).data.equals(pixels(bytes).data), "the command made another picture");
    const answer = execFileSync("sh", ["-c", await code(page, "curl")], { cwd: place, stdio: "pipe" });
    const file = await fetch(JSON.parse(answer).data[0].url);
    const fetched = Buffer.from(await file.arrayBuffer());
    assert.ok(pixels(fetched).data.equals(pixels(bytes).data), "curl got another picture");
  },
  async a_variation_can_be_varied_and_its_lineage_outlives_a_reload({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await vary(page, { n: 2 });
    await page.click(".tools button >> nth=0");
    assert.equal(await page.textContent("#theme-name"), "otter-7.png");
    await vary(page, { n: 2 });
    const count = () => page.locator("#tree .node").count();
    assert.equal(await count(), 5);
    await page.reload();
    await ready(page);
    assert.equal(await count(), 5);
    assert.equal(await page.textContent("#theme-name"), "otter-7.png");
    assert.equal(await page.locator(".run .card[data-state=done]").count(), 2);
    await page.click("#tree .node >> nth=0");
    assert.equal(await page.textContent("#theme-name"), "otter.png");
    assert.deepEqual(page.complaints, []);
  },
  async a_variation_is_seen_large_and_beside_its_theme({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await vary(page, { n: 2 });
    await page.click(".card .picture >> nth=0");
    assert.equal(await page.textContent("#viewer-name"), "Variation I");
    const shown = () => page.locator("#viewer-source").evaluate((image) => getComputedStyle(image).clipPath);
    const nothing = await shown();
    await page.focus("#viewer-split");
    await page.keyboard.press("End");
    assert.equal(await page.getAttribute("#viewer-split", "aria-valuetext"), "100 % theme");
    assert.notEqual(await shown(), nothing, "the slider uncovers nothing of the theme");
    await page.click("#viewer-next");
    assert.equal(await page.textContent("#viewer-name"), "Variation II");
    assert.ok(await page.isDisabled("#viewer-next"));
    await page.keyboard.press("Escape");
    assert.ok(await page.isHidden("#viewer"));
  },
  async a_run_can_be_stopped({ browser, url }) {
    const page = await visit(browser, url);
    await choose(page);
    await page.fill("#n", "10");
    await page.check("[name=size][value='1024x1024']", { force: true });
    await page.click("#vary");
    await page.click("#stop");
    await page.waitForSelector(".run[data-state=over], .ghosts");
    assert.ok((await page.locator(".card[data-state=done]").count()) < 10);
    assert.ok(await page.isHidden("#stop"));
  },
};
