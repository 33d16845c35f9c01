// One variation on the page: an empty frame, then a sketch, then the picture.

import { make } from "./dom.js";
import { roman } from "./roman.js";

/** A frame for variation `index` (from 0) of a theme called `name`. */
export class Card {
  constructor(index, name, actions) {
    this.numeral = roman(index + 1);
    this.name = name;
    this.actions = actions;
    this.image = make("img", { alt: "", decoding: "async", draggable: false });
    this.open = make("button", {
      type: "button", className: "picture", disabled: true,
      aria: { label: `Variation ${this.numeral}` },
    }, this.image);
    this.seed = make("span", { className: "seed" });
    this.tools = make("span", { className: "tools" });
    this.element = make("figure", { className: "card", data: { state: "waiting" } },
      this.open,
      make("figcaption", {}, make("b", { className: "roman" }, this.numeral), this.seed, this.tools));
    this.open.addEventListener("click", () => this.actions.open(this.picture));
  }

  /** Shows what there is so far. */
  sketch(blob) {
    if (this.picture) return;
    this.replace(URL.createObjectURL(blob));
    this.element.dataset.state = "sketch";
  }

  /** Shows the finished picture and what can be done with it. */
  finish(picture, url) {
    this.picture = picture;
    this.replace(url);
    this.image.alt = `Variation ${this.numeral} of ${this.name}`;
    this.open.disabled = false;
    this.open.setAttribute("aria-label", `Variation ${this.numeral}, open large`);
    this.seed.textContent = `seed ${picture.seed}`;
    this.element.dataset.state = "done";
    const vary = make("button", {
      type: "button", className: "linklike",
      aria: { label: `Vary this one, variation ${this.numeral}` },
    }, "Vary");
    vary.addEventListener("click", () => this.actions.vary(picture));
    const download = make("a", {
      href: url, download: picture.name, aria: { label: `Save variation ${this.numeral}` },
    }, "Save");
    this.tools.replaceChildren(vary, download);
  }

  /** Nothing more comes. */
  lose() {
    if (!this.picture) this.element.dataset.state = "lost";
  }

  /** Sketches are seen once; what shows a picture keeps its own address. */
  replace(url) {
    const old = this.sketched;
    this.sketched = this.picture ? null : url;
    this.image.src = url;
    if (old) this.image.decode().catch(() => {}).then(() => URL.revokeObjectURL(old));
  }
}
