// A variation at full size, and beside it, by a slider, the theme.

import { byId } from "./dom.js";
import { roman } from "./roman.js";
import { urlOf } from "./urls.js";

/** The dialog that shows one picture large. */
export class Viewer {
  constructor(vary) {
    this.dialog = byId("viewer");
    byId("viewer-split").addEventListener("input", () => this.split());
    byId("viewer-close").addEventListener("click", () => this.dialog.close());
    byId("viewer-previous").addEventListener("click", () => this.step(-1));
    byId("viewer-next").addEventListener("click", () => this.step(1));
    byId("viewer-vary").addEventListener("click", () => {
      this.dialog.close();
      vary(this.picture);
    });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  /** Shows `picture`, one of `siblings`; `run` says how the theme was made square. */
  open(picture, siblings, theme, run) {
    this.siblings = siblings;
    const source = byId("viewer-source");
    source.src = run.sent ? urlOf({ id: `${run.id}-sent`, blob: run.sent }) : urlOf(theme);
    source.dataset.fit = run.fit ?? "crop";
    byId("viewer-split").value = 0;
    this.show(picture);
    this.dialog.showModal();
    this.split();
  }

  show(picture) {
    this.picture = picture;
    const numeral = roman(picture.index + 1);
    byId("viewer-image").src = urlOf(picture);
    byId("viewer-image").alt = `Variation ${numeral}`;
    byId("viewer-name").textContent = `Variation ${numeral}`;
    byId("viewer-facts").textContent = `${picture.width} × ${picture.height} · seed ${picture.seed}`;
    Object.assign(byId("viewer-download"), { href: urlOf(picture), download: picture.name });
    const at = this.siblings.indexOf(picture);
    byId("viewer-previous").disabled = at <= 0;
    byId("viewer-next").disabled = at >= this.siblings.length - 1;
  }

  step(change) {
    const next = this.siblings[this.siblings.indexOf(this.picture) + change];
    if (next) this.show(next);
  }

  split() {
    const percent = byId("viewer-split").value;
    this.dialog.style.setProperty("--at", percent / 100);
    byId("viewer-split").setAttribute("aria-valuetext", `${percent} % theme`);
  }
}
