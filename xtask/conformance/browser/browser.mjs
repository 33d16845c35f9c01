// A real browser on the page of a real server.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { chromium } from "playwright-core";

const ARGUMENTS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  // This machine under a name that is not localhost, as others in the network see it.
  "--host-resolver-rules=MAP variata.test 127.0.0.1",
];

export const picture = (name) => path.resolve(`${name}.png`);

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGUMENTS });

/**
 * Starts a server of its own; `stop` ends it at once, and `run` runs another command of the program
 * on its data.
 */
export async function serve(...options) {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), "variata-page-"));
  const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const all = ["serve", ...listen, "--data", data, ...options];
  const child = spawn(process.env.VARIATA_BINARY, all, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const address = async (start) => (await lines.next()).value.replace(`${start} `, "");
  const [url, admin] = [await address("listening on"), await address("operators on")];
  const run = (...command) =>
    execFileSync(process.env.VARIATA_BINARY, [...command, "--data", data]).toString().trim();
  // Whatever is asked of it from then on only fails to connect, which does not say why.
  const told = (code, signal) => console.error(`the server at ${url} ended: ${signal ?? code}`);
  child.once("exit", told);
  const stop = () => {
    child.off("exit", told);
    child.kill("SIGKILL");
    fs.rmSync(data, { recursive: true, force: true });
  };
  return { url, admin, run, stop };
}

/** A page of its own, with what its console and its policy complained of in `complaints`. */
export async function visit(browser, url, options = {}) {
  const page = await open(browser, options);
  await go(page, url, options);
  return page;
}

/** An empty page in a window of its own. */
export async function open(browser, options = {}) {
  const viewport = { width: 1280, height: 860 };
  const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.complaints.push(message.text());
  });
  page.on("pageerror", (error) => page.complaints.push(`${error}`));
  return page;
}

/** Has `page` show `url`, and waits for its scripts. */
export async function go(page, url, options = {}) {
  await page.goto(url);
  if (options.javaScriptEnabled !== false && new URL(page.url()).pathname === "/") {
    await ready(page);
  }
}

/** Waits until the page's scripts, which come after its first sight, have begun. */
export async function ready(page) {
  await page.waitForSelector("html[data-ready]", { state: "attached" });
}

/** Has the page keep what it sends next and what it gets; browsers do not hand either out. */
export const listen = (page) =>
  page.evaluate(() => {
    const { fetch } = window;
    window.fetch = async (path, options) => {
      const response = await fetch(path, options);
      window.exchange = { fields: [...options.body], answer: response.clone().text() };
      return response;
    };
  });

/** Asks the endpoint itself; returns the status. */
export async function ask(url, { key = "any", ...fields } = {}) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ size: "256x256", ...fields })) body.append(name, value);
  body.append("image", new Blob([fs.readFileSync(picture("otter"))]), "otter.png");
  const options = { method: "POST", body, headers: { authorization: `Bearer ${key}` } };
  return (await fetch(`${url}/v1/images/variations`, options)).status;
}

/** Chooses a picture as the theme. */
export async function choose(page, name = "otter") {
  await page.setInputFiles("#image", picture(name));
  await page.waitForSelector(".ghosts, .run");
}

/** Makes `n` small variations of the theme. */
export async function vary(page, { n = 2, seed = "7", size = "256x256" } = {}) {
  await page.fill("#n", String(n));
  await page.fill("#seed", seed);
  await page.check(`[name=size][value="${size}"]`, { force: true });
  await press(page);
}

/** Sends the request and waits for its end, good or bad. */
export async function press(page) {
  await page.click("#vary");
  await page.waitForSelector("body:not(.is-busy)");
}

/** What a click on `selector` downloads. */
export async function download(page, selector) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return { name: file.suggestedFilename(), bytes: fs.readFileSync(await file.path()) };
}

/** The compressed pixels of a PNG, without the records beside them, and its sides. */
export function pixels(png) {
  const data = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    const end = at + 8 + png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, end));
  }
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), data: Buffer.concat(data) };
}
