// Finding, making and filling elements.

export const byId = (id) => document.getElementById(id);

/** A new element with `properties`; `data` and `aria` are taken apart into attributes. */
export function make(tag, { data = {}, aria = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(aria)) {
    element.setAttribute(name === "role" ? name : `aria-${name}`, value);
  }
  element.append(...children);
  return element;
}

/** Has the browser save `blob` as a file called `name`. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  // The download holds the blob from here on, though not in the same turn in every browser.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Tells screen readers what has happened. */
export function announce(text) {
  byId("status").textContent = text;
}
