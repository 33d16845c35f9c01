// How fast the page is: medians over several visits, each with a browser's empty cache.

import { choose, go, launch, open, serve, visit } from "./browser.mjs";

const LOADS = 15;
const VISITS = 7;
/** A new window brings up an address bar, a page of scripts itself, in the first half second. */
const REST_MS = 700;
const PICTURES = ["otter", "landscape"];

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** First paint in ms in a window that rests, and the bytes of all that was loaded. */
async function load(browser, url) {
  const page = await open(browser);
  await page.waitForTimeout(REST_MS);
  await go(page, url);
  const paint = await page.evaluate(() => new Promise((resolve) => {
    const tell = (list) => list.getEntriesByName("first-contentful-paint").forEach((entry) => resolve(entry.startTime));
    new PerformanceObserver(tell).observe({ type: "paint", buffered: true });
  }));
  const bytes = await page.evaluate(() => {
    const loaded = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
    return loaded.reduce((sum, entry) => sum + entry.encodedBodySize, 0);
  });
  await page.context().close();
  return { paint, bytes };
}

/** From the click to the first coarse picture, and to the first finished one, in ms. */
async function work(browser, url, name) {
  const page = await visit(browser, url);
  await choose(page, name);
  await page.fill("#seed", "1");
  const times = await page.evaluate(() => new Promise((resolve) => {
    const times = {};
    const start = performance.now();
    new MutationObserver(() => {
      for (const state of ["sketch", "done"]) {
        if (document.querySelector(`.run [data-state=${state}]`)) times[state] ??= performance.now() - start;
      }
      if (times.done) resolve(times);
    }).observe(document.getElementById("runs"), { subtree: true, childList: true, attributes: true });
    document.getElementById("vary").click();
  }));
  await page.waitForSelector("body:not(.is-busy)");
  await page.context().close();
  return times;
}

const browser = await launch();
const server = await serve();
const loads = [], words = [];
for (let count = 0; count < LOADS; count += 1) {
  loads.push(await load(browser, server.url));
  // What the browser itself takes: the page is a word.
  words.push(await load(browser, `${server.url}/healthz`));
}
const paint = (all) => median(all.map(({ paint }) => paint)).toFixed(0);
console.log(`first paint                 ${paint(loads)} ms (a page of one word: ${paint(words)} ms)`);
console.log(`page weight                 ${(loads[0].bytes / 1000).toFixed(1)} kB`);
for (const name of PICTURES) {
  const runs = [];
  for (let visits = 0; visits < VISITS; visits += 1) runs.push(await work(browser, server.url, name));
  const of = (state) => median(runs.map((run) => run[state])).toFixed(0);
  console.log(`${name.padEnd(12)} first preview   ${of("sketch")} ms`);
  console.log(`${name.padEnd(12)} first finished  ${of("done")} ms`);
}
await browser.close();
server.stop();
