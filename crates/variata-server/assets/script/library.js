// What was made, kept in this browser: pictures, and the runs that made them.
//
// Where a browser keeps nothing (private windows of some), it lasts as long as the page.

const STORES = ["pictures", "runs"];
/** The most pictures that are kept; the oldest themes go first, with all that came of them. */
const MAX_PICTURES = 300;

const memory = { pictures: new Map(), runs: new Map() };
let database = null;

/** Opens the library and reads all of it. */
export async function open() {
  database = await connect().catch(() => null);
  for (const store of STORES) {
    const kept = database ? await done(transaction(store, "readonly").getAll()) : [];
    for (const record of kept) memory[store].set(record.id, record);
  }
  await prune();
}

/** An id for a record. Browsers have `randomUUID` on HTTPS and localhost only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const picture = (id) => memory.pictures.get(id);
export const pictures = () => [...memory.pictures.values()].sort((a, b) => a.at - b.at);
export const runs = () => [...memory.runs.values()].sort((a, b) => a.at - b.at);
export const children = (id) => pictures().filter((each) => each.parent === id);

/** Keeps `record` in `store`, under its id. */
export async function keep(store, record) {
  memory[store].set(record.id, record);
  // A full disk is no reason to lose what is on the screen.
  if (database) await done(transaction(store, "readwrite").put(record)).catch(() => {});
}

/** Forgets everything. */
export async function forget() {
  for (const store of STORES) {
    memory[store].clear();
    if (database) await done(transaction(store, "readwrite").clear());
  }
}

function connect() {
  const request = indexedDB.open("variata", 1);
  request.onupgradeneeded = () => {
    for (const store of STORES) request.result.createObjectStore(store, { keyPath: "id" });
  };
  return done(request);
}

const transaction = (store, mode) => database.transaction(store, mode).objectStore(store);

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function prune() {
  const themes = pictures().filter((each) => !each.parent);
  while (memory.pictures.size > MAX_PICTURES && themes.length > 1) await drop(themes.shift());
}

async function drop(theme) {
  for (const child of children(theme.id)) await drop(child);
  for (const run of runs().filter((each) => each.theme === theme.id)) await erase("runs", run.id);
  await erase("pictures", theme.id);
}

async function erase(store, id) {
  memory[store].delete(id);
  if (database) await done(transaction(store, "readwrite").delete(id));
}
