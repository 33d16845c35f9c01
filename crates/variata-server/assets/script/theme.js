// The picture that is varied next.

import { byId } from "./dom.js";
import { Frame } from "./frame.js";
import { newId } from "./library.js";
import { decode, upload } from "./upload.js";
import { urlOf } from "./urls.js";

/** A record for the library of a file that came from outside. */
export async function recordOf(file) {
  const bitmap = await decode(file);
  const { width, height } = bitmap;
  bitmap.close();
  const name = file.name || "pasted.png";
  return { id: newId(), parent: null, name, blob: file, width, height, at: Date.now() };
}

/** The current theme on the page. */
export class Theme {
  picture = null;
  frame = null;

  constructor() {
    byId("zoom").addEventListener("input", () => this.frame?.zoom(byId("zoom").valueAsNumber));
    for (const radio of document.querySelectorAll("[name=shape]")) {
      radio.addEventListener("change", () => this.reshape());
    }
  }

  get shape() {
    return document.querySelector("[name=shape]:checked").value;
  }

  set(picture) {
    this.picture = picture;
    this.frame = new Frame(picture, urlOf(picture));
    byId("theme-name").textContent = picture.name;
    byId("theme-facts").textContent = `${picture.width} × ${picture.height}`;
    byId("shape").hidden = this.frame.isSquare;
    byId("zoom").value = 100;
    document.querySelector(".theme").hidden = false;
    document.body.dataset.stage = "ready";
    this.reshape();
  }

  /** The file to send, and how the server has to fit it. */
  upload() {
    return upload(this.picture, this.frame, this.shape);
  }

  reshape() {
    this.frame?.show(this.shape);
    byId("zoom-field").hidden = this.shape !== "crop";
  }
}
