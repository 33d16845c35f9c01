// The square that is cut out of a picture, moved by dragging or with the arrow keys.

import { byId, make } from "./dom.js";

/** The picture with a square over it. Lengths are in pixels of the picture. */
export class Frame {
  constructor(picture, url) {
    this.width = picture.width;
    this.height = picture.height;
    this.square = make("div", {
      className: "square",
      tabIndex: 0,
      aria: { role: "application", label: "Crop square. Arrow keys move it, plus and minus resize it." },
    });
    this.image = make("img", { src: url, alt: `Theme: ${picture.name}` });
    this.place = make("div", { className: "placed" }, this.image, this.square);
    this.place.style.aspectRatio = `${this.width} / ${this.height}`;
    // A tall picture should not push the settings off the screen.
    this.place.style.maxWidth = `${Math.min(1, this.width / this.height) * 100}%`;
    byId("frame").replaceChildren(this.place);
    this.listen();
    this.reset();
  }

  get isSquare() {
    return this.width === this.height;
  }

  /** Whether the square is the one that a server cuts by itself: the largest, in the middle. */
  get isCentred() {
    const largest = Math.min(this.width, this.height);
    const isMiddle = (at, length) => Math.abs(at - (length - largest) / 2) < 1;
    return this.side === largest && isMiddle(this.x, this.width) && isMiddle(this.y, this.height);
  }

  reset() {
    this.side = Math.min(this.width, this.height);
    this.move((this.width - this.side) / 2, (this.height - this.side) / 2);
  }

  /** Makes the square `percent` times smaller than the largest, about its middle. */
  zoom(percent) {
    const side = (Math.min(this.width, this.height) * 100) / percent;
    const shift = (this.side - side) / 2;
    this.side = side;
    this.move(this.x + shift, this.y + shift);
  }

  move(x, y) {
    this.x = Math.min(Math.max(0, x), this.width - this.side);
    this.y = Math.min(Math.max(0, y), this.height - this.side);
    const { style } = this.square;
    style.left = `${(this.x / this.width) * 100}%`;
    style.top = `${(this.y / this.height) * 100}%`;
    style.width = `${(this.side / this.width) * 100}%`;
  }

  /** Shows the square, or the whole picture on a square ground. */
  show(shape) {
    byId("frame").dataset.shape = this.isSquare ? "whole" : shape;
    this.square.hidden = this.isSquare || shape !== "crop";
  }

  listen() {
    this.square.addEventListener("pointerdown", (event) => this.grab(event));
    this.square.addEventListener("keydown", (event) => this.press(event));
  }

  grab(event) {
    event.preventDefault();
    this.square.focus();
    this.square.setPointerCapture(event.pointerId);
    const scale = this.width / this.place.clientWidth;
    const start = { x: this.x - event.clientX * scale, y: this.y - event.clientY * scale };
    const drag = (moved) => this.move(start.x + moved.clientX * scale, start.y + moved.clientY * scale);
    this.square.addEventListener("pointermove", drag);
    const end = () => this.square.removeEventListener("pointermove", drag);
    this.square.addEventListener("lostpointercapture", end, { once: true });
  }

  press(event) {
    const step = Math.max(1, this.side / (event.shiftKey ? 4 : 20));
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const zooms = { "+": 10, "=": 10, "-": -10 };
    if (event.key in steps) {
      const [x, y] = steps[event.key];
      this.move(this.x + x * step, this.y + y * step);
    } else if (event.key in zooms) {
      byId("zoom").valueAsNumber += zooms[event.key];
      byId("zoom").dispatchEvent(new Event("input"));
    } else return;
    event.preventDefault();
  }
}
