// The ways in which a picture comes: chosen, photographed, dropped, pasted, or a sample.

import { byId } from "./dom.js";

/** Hands each picture that comes to `take`, as a file. */
export function start(take) {
  for (const id of ["image", "camera"]) {
    const input = byId(id);
    input.addEventListener("change", () => {
      if (input.files.length > 0) take(input.files[0]);
      // The same file can be chosen again.
      input.value = "";
    });
  }
  byId("replace").addEventListener("click", () => byId("image").click());
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("click", async () => take(await sample(button.dataset.sample)));
  }
  dropped(take);
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(isPicture);
    if (file) take(file);
  });
}

const isPicture = (file) => file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name);

async function sample(name) {
  const response = await fetch(`/assets/${name}.webp`);
  return new File([await response.blob()], `${name}.webp`, { type: "image/webp" });
}

/** The whole window takes pictures, so that nobody has to aim. */
function dropped(take) {
  let depth = 0;
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("is-dropping", depth > 0);
  };
  addEventListener("dragenter", () => mark(1));
  addEventListener("dragleave", () => mark(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    mark(-depth);
    const file = event.dataTransfer.files[0];
    if (file) take(file);
  });
}
