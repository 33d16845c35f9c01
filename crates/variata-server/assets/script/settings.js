// What is asked for: the values of the form, and the engines to choose from.

import { models } from "./api.js";
import { byId } from "./dom.js";
import { key, mayAsk } from "./key.js";

/** Makes the controls work that a plain form does not have; `onChange` hears of a new count. */
export function start(onChange) {
  for (const button of document.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      const next = (byId("n").valueAsNumber || 0) + Number(button.dataset.step);
      byId("n").value = Math.min(10, Math.max(1, next));
      onChange();
    });
  }
  byId("n").addEventListener("input", onChange);
  const tell = () => (byId("strength-value").textContent = byId("strength").value);
  byId("strength").addEventListener("input", tell);
  tell();
}

/** The fields of a request. Without a seed, one is drawn that is easy to write down. */
export function fields() {
  const seed = byId("seed").value.trim() || String(100_000 + Math.floor(Math.random() * 900_000));
  const all = {
    n: byId("n").value,
    size: document.querySelector("[name=size]:checked").value,
    strength: byId("strength").value,
    seed,
  };
  return byId("model").value ? { ...all, model: byId("model").value } : all;
}

/** How many variations are asked for, as far as that is a number. */
export const count = () => Math.min(10, Math.max(1, byId("n").valueAsNumber || 1));

/** Lists the server's engines. */
export async function listEngines() {
  if (!mayAsk()) return;
  const ids = await models(key());
  const chosen = byId("model").value;
  const others = ids.filter((id) => id !== "dall-e-2");
  byId("model").replaceChildren(new Option("default", ""), ...others.map((id) => new Option(id, id)));
  byId("model").value = others.includes(chosen) ? chosen : "";
}
