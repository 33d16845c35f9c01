// The API key: entered once, kept for the tab, sent nowhere but to the endpoint.

import { byId } from "./dom.js";

const PLACE = "variata-key";

/** The key that was entered, or an empty text. */
export const key = () => sessionStorage.getItem(PLACE) ?? "";

/** Whether requests can be sent: the server wants no key, or there is one. */
export const mayAsk = () => document.documentElement.dataset.access === "open" || key() !== "";

/** The server wants a key after all: the first was made while this page was open. */
export function wanted() {
  document.documentElement.dataset.access = "key";
  byId("key-field").hidden = false;
}

/** Fills the field and keeps what is entered; `onChange` hears of it. */
export function start(onChange) {
  const field = byId("key");
  byId("key-field").hidden = document.documentElement.dataset.access === "open";
  field.value = key();
  field.addEventListener("input", () => sessionStorage.setItem(PLACE, field.value.trim()));
  field.addEventListener("change", onChange);
}
