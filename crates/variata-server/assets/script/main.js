// The page: a theme, its variations, and what follows from them.

import { vary } from "./api.js";
import { Card } from "./card.js";
import { CodeDialog } from "./code.js";
import { announce, byId } from "./dom.js";
import * as faults from "./fault.js";
import * as intake from "./intake.js";
import * as key from "./key.js";
import * as library from "./library.js";
import * as lineage from "./lineage.js";
import { RunView } from "./run.js";
import * as settings from "./settings.js";
import { recordOf, Theme } from "./theme.js";
import { Viewer } from "./viewer.js";

const CURRENT = "variata-theme";
const theme = new Theme();
const viewer = new Viewer(choose);
const code = new CodeDialog();
const actions = { open: openLarge, vary: choose, code: (run) => code.open(run) };
let underWay = null;

/** Takes a file from outside as the theme. */
async function take(file) {
  faults.clear();
  try {
    const picture = await recordOf(file);
    await library.keep("pictures", picture);
    choose(picture);
  } catch (fault) {
    faults.show(fault);
  }
}

/** Makes `picture` the theme and shows what was made of it. */
function choose(picture) {
  stop();
  sessionStorage.setItem(CURRENT, picture.id);
  theme.set(picture);
  const earlier = library.runs().filter((run) => run.theme === picture.id).reverse();
  byId("runs").replaceChildren(...earlier.map((run) => shown(run).element));
  ghosts();
  lineage.draw(picture.id, choose);
  byId("vary").focus({ preventScroll: true });
  scrollTo({ top: 0, behavior: "smooth" });
}

/** A run that is over, as the library has it. */
function shown(run) {
  const view = new RunView(run, theme.picture, actions);
  for (const picture of library.children(run.theme)) if (picture.run === run.id) view.finish(picture);
  view.end();
  return view;
}

/** Empty frames, as many as are asked for, until there is something to show. */
function ghosts() {
  const place = byId("runs");
  if (!theme.picture || place.querySelector(".run")) return;
  const frames = Array.from({ length: settings.count() }, (_, index) => new Card(index, "", {}).element);
  const grid = Object.assign(document.createElement("div"), { className: "grid ghosts" });
  grid.dataset.count = frames.length;
  grid.setAttribute("aria-hidden", "true");
  grid.append(...frames);
  place.replaceChildren(grid);
}

function openLarge(picture) {
  const run = library.runs().find((each) => each.id === picture.run);
  const siblings = library.children(picture.parent).filter((each) => each.run === run.id);
  siblings.sort((a, b) => a.index - b.index);
  viewer.open(picture, siblings, library.picture(picture.parent), run);
}

/** Sends the request that the form describes. */
async function submit() {
  if (!theme.picture) return byId("image").click();
  stop();
  faults.clear();
  const controller = new AbortController();
  underWay = controller;
  busy(true);
  let view = null;
  try {
    const { file, fit } = await theme.upload();
    const fields = settings.fields();
    const run = {
      id: library.newId(), theme: theme.picture.id, at: Date.now(), fields, fit, file: file.name,
      sent: file.name === theme.picture.name ? null : file,
    };
    view = new RunView(run, theme.picture, actions);
    present(view);
    const request = { file, fields: fit ? { ...fields, fit } : fields, key: key.key(), signal: controller.signal };
    await follow(view, vary(request));
  } catch (fault) {
    if (fault.name !== "AbortError") faults.show(fault);
  } finally {
    if (view) conclude(view);
    if (underWay === controller) busy(false);
  }
}

function present(view) {
  byId("runs").querySelector(".ghosts")?.remove();
  byId("runs").prepend(view.element);
  if (matchMedia("(max-width: 60rem)").matches) view.element.scrollIntoView({ behavior: "smooth" });
  announce(`Working on ${view.count} variations`);
}

/** Shows what comes, as it comes. */
async function follow(view, news) {
  const { record } = view;
  for await (const { kind, index, seed, blob, engine } of news) {
    if (kind === "head") Object.assign(record, { engine });
    if (kind === "sketch") view.sketch(index, blob);
    if (kind !== "image") continue;
    const side = Number(record.fields.size.split("x")[0]);
    const name = `${view.stem}-${seed}.png`;
    const picture = {
      id: library.newId(), parent: record.theme, run: record.id, index, seed, name, blob,
      width: side, height: side, at: Date.now(),
    };
    announce(`${view.finish(picture)} of ${view.count} finished`);
    record.ms = Date.now() - record.at;
    // A reload before the end should find the run of each picture.
    if (view.pictures.length === 1) await library.keep("runs", record);
    await library.keep("pictures", picture);
  }
}

/** Keeps a run that brought anything, and takes one away that did not. */
function conclude(view) {
  view.end();
  if (view.pictures.length === 0) {
    view.element.remove();
    ghosts();
    return;
  }
  library.keep("runs", view.record);
  if (theme.picture.id === view.record.theme) lineage.draw(theme.picture.id, choose);
}

function stop() {
  underWay?.abort();
  busy(false);
}

function busy(isBusy) {
  if (!isBusy) underWay = null;
  byId("stop").hidden = !isBusy;
  document.body.classList.toggle("is-busy", isBusy);
}

async function engines() {
  await settings.listEngines().catch((fault) => faults.show(fault));
}

async function start() {
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  byId("stop").addEventListener("click", stop);
  byId("forget").addEventListener("click", async () => {
    if (!confirm("Forget all themes and variations that this browser keeps?")) return;
    await library.forget();
    sessionStorage.removeItem(CURRENT);
    location.reload();
  });
  byId("host").textContent = location.host;
  settings.start(ghosts);
  key.start(() => {
    faults.clear();
    engines();
  });
  intake.start(take);
  await library.open();
  const last = library.picture(sessionStorage.getItem(CURRENT));
  const newest = library.pictures().filter((picture) => !picture.parent).pop();
  if (last ?? newest) choose(last ?? newest);
  await engines();
  document.documentElement.dataset.ready = "";
}

start();
