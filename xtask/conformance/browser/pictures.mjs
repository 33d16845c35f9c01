// Pictures of the page for the documentation, one of each of its main states.

import path from "node:path";
import { ask, choose, launch, press, serve, vary, visit } from "./browser.mjs";
import { known } from "./operators.mjs";

const folder = process.env.VARIATA_PICTURES;
const browser = await launch();
const server = await serve();

const shoot = async (page, name, fullPage = false) => {
  // What moves has come to rest, and what is loaded has been drawn.
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.complete || !image.checkVisibility()));
  await page.waitForTimeout(300);
  const file = path.join(folder, `page-${name}.jpg`);
  await page.screenshot({ path: file, type: "jpeg", quality: 78, fullPage });
};

const LARGE = { viewport: { width: 1280, height: 860 } };
const SMALL = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** A run at work, with one image finished and one a sketch; what is drawn too late is drawn anew. */
async function working() {
  const file = path.join(folder, "page-working.jpg");
  const isBetween = () =>
    ["done", "sketch"].every((state) => document.querySelector(`.run [data-state=${state}]`));
  for (;;) {
    const page = await visit(browser, server.url, LARGE);
    await choose(page, "landscape");
    await page.fill("#n", "6");
    await page.fill("#seed", "21");
    await page.check("[name=size][value='1024x1024']", { force: true });
    await page.click("#vary");
    await page.waitForFunction(isBetween);
    await page.screenshot({ path: file, type: "jpeg", quality: 78 });
    if (await page.evaluate(isBetween)) return page;
    await page.context().close();
  }
}

async function states() {
  await shoot(await visit(browser, server.url, LARGE), "empty");
  const page = await working();
  await page.waitForSelector("body:not(.is-busy)");
  await page.mouse.move(0, 0);
  await shoot(page, "results");
  await page.click(".picture >> nth=0");
  await page.fill("#viewer-split", "45");
  await shoot(page, "compare");
  await page.click("#viewer-vary");
  await vary(page, { n: 3, seed: "5", size: "512x512" });
  await page.click(".tools button >> nth=1");
  await vary(page, { n: 3, seed: "9", size: "512x512" });
  await page.mouse.move(0, 0);
  await shoot(page, "lineage");
}

async function trouble() {
  const page = await visit(browser, server.url, LARGE);
  await choose(page, "town");
  await page.fill("#n", "12");
  await press(page);
  await page.mouse.move(0, 0);
  await shoot(page, "error");
}

/** What is asked for in each of a few minutes: which key, and how many images. */
const TRAFFIC = [
  [[0, 4], [1, 6]],
  [[1, 10], [0, 2], [1, 10], [1, 3]],
  [[1, 12], [0, 4], [1, 10]],
  [[0, 1], [0, 4]],
  [[1, 10], [1, 8], [0, 4], [1, 10], [1, 2]],
];

/** The operators' page of a server that has had something to do. */
async function operators() {
  const watched = await serve("--key-requests-per-minute", "120");
  const create = (...options) => watched.run("keys", "create", ...options);
  const keys = [
    create("phone app", "--images-per-minute", "60"),
    create("web shop", "--images-per-minute", "300", "--images-per-day", "20000"),
  ];
  create("nightly import", "--images-per-day", "5000");
  await known(watched, 3);
  for (const minute of TRAFFIC) {
    const over = new Promise((resolve) => setTimeout(resolve, 60_000));
    for (const [key, n] of minute) await ask(watched.url, { key: keys[key], n: String(n) });
    if (minute !== TRAFFIC.at(-1)) await over;
  }
  const work = [1, 2].map(() => ask(watched.url, { key: keys[1], n: "10", size: "1024x1024" }));
  const page = await visit(browser, `${watched.admin}/admin`, LARGE);
  await shoot(page, "operators", true);
  await Promise.all(work);
  watched.stop();
}

async function dark() {
  const page = await visit(browser, server.url, { ...LARGE, colorScheme: "dark" });
  await choose(page, "otter");
  await vary(page, { n: 6, seed: "40", size: "512x512" });
  await page.mouse.move(0, 0);
  await shoot(page, "dark");
}

async function small() {
  const page = await visit(browser, server.url, SMALL);
  await choose(page, "otter");
  await vary(page, { n: 4, seed: "40", size: "512x512" });
  await shoot(page, "phone");
}

for (const draw of [states, trouble, dark, small, operators]) await draw();
await browser.close();
server.stop();
