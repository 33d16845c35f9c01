// The public endpoint; the page uses nothing else.

import { events } from "./events.js";
import { Fault } from "./fault.js";

const headers = (key) => (key ? { authorization: `Bearer ${key}` } : {});

async function ask(path, options) {
  const response = await fetch(path, options).catch((error) => {
    throw error.name === "AbortError" ? error : Fault.unreachable();
  });
  if (!response.ok) throw await Fault.of(response);
  return response;
}

/** The engines that can be named. */
export async function models(key) {
  const response = await ask("/v1/models", { headers: headers(key) });
  return (await response.json()).data.map((model) => model.id);
}

/**
 * Asks for variations; yields `{ kind, index, seed, blob }`, where `kind` is `head` (with the
 * engine), `sketch` or `image`.
 */
export async function* vary({ file, fields, key, signal }) {
  const body = new FormData();
  const all = { ...fields, stream: "true", partial_images: "2" };
  for (const [name, value] of Object.entries(all)) body.append(name, value);
  body.append("image", file, file.name);
  const options = { method: "POST", body, headers: headers(key), signal };
  const response = await ask("/v1/images/variations", options);
  yield { kind: "head", engine: response.headers.get("variata-engine") };
  try {
    for await (const { name, data } of events(response)) yield picture(name, data);
  } catch (error) {
    throw error instanceof TypeError ? Fault.unreachable() : error;
  }
}

function picture(name, data) {
  if (name === "error") throw new Fault(data.error.message, data.error);
  const kind = name.endsWith("completed") ? "image" : "sketch";
  const blob = new Blob([bytes(data.b64_json)], { type: `image/${data.output_format}` });
  return { kind, index: data.index, seed: data.seed, blob };
}

function bytes(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
