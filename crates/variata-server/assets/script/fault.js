// What went wrong, mostly in the server's own words, beside the field that it concerns.

import { byId } from "./dom.js";
import * as key from "./key.js";

/** An error of the server, or of the way to it. */
export class Fault extends Error {
  constructor(message, { param = null, status = 0 } = {}) {
    super(message);
    this.param = param;
    this.status = status;
  }

  /** The fault that an answer with an error envelope tells. */
  static async of(response) {
    const body = await response.json().catch(() => null);
    const error = body?.error ?? { message: `The server answered ${response.status}.` };
    return new Fault(error.message, { param: error.param, status: response.status });
  }

  static unreachable() {
    return new Fault(`${location.host} does not answer. Is the server still running?`);
  }
}

const NO_KEY = "This server asks for a key. Its operator gives them out.";
const FIELDS = ["image", "n", "size", "strength", "seed", "model"];

/** Shows `fault` where its cause is, and goes there. */
export function show(fault) {
  const field = fault.status === 401 ? "key" : FIELDS.find((name) => name === fault.param);
  if (!field) return notice(fault.message);
  if (field === "key") key.wanted();
  const told = byId(`${field}-error`);
  // The server's words for no key at all are about headers.
  told.textContent = field === "key" && !key.key() ? NO_KEY : fault.message;
  const control = byId(field);
  control?.setAttribute("aria-invalid", "true");
  control?.focus();
  told.scrollIntoView({ block: "nearest" });
}

/** Shows what concerns no field. */
export function notice(message) {
  byId("notice").textContent = message;
  byId("notice").hidden = false;
}

/** Takes back all that was shown. */
export function clear() {
  for (const place of document.querySelectorAll(".error")) place.textContent = "";
  for (const field of document.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
  }
  byId("notice").hidden = true;
}
