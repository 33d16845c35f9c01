// Where the pictures of this browser come from: themes, and what was made of them.

import { byId, make } from "./dom.js";
import * as library from "./library.js";
import { roman } from "./roman.js";
import { urlOf } from "./urls.js";

/** Draws the tree; `current` is the theme, and `choose` makes another picture the theme. */
export function draw(current, choose) {
  const themes = library.pictures().filter((picture) => !picture.parent).reverse();
  const isTold = library.pictures().some((picture) => library.picture(picture.parent)?.parent);
  // One theme with one generation is what the stage shows anyway.
  byId("lineage").hidden = themes.length < 2 && !isTold;
  byId("tree").replaceChildren(...themes.map((theme) => branch(theme, current, choose)));
}

/** Pictures without descendants stand in a row; the others begin a line of their own. */
function branch(picture, current, choose) {
  const children = library.children(picture.id);
  const item = make("li", { className: children.length > 0 ? "branch" : "leaf" });
  item.append(node(picture, current, choose));
  if (children.length > 0) {
    const leavesFirst = children.map((child) => branch(child, current, choose));
    leavesFirst.sort((a, b) => Number(a.className === "branch") - Number(b.className === "branch"));
    item.append(make("ul", {}, ...leavesFirst));
  }
  return item;
}

function node(picture, current, choose) {
  const label = picture.parent
    ? `Variation ${roman(picture.index + 1)}, seed ${picture.seed}`
    : picture.name;
  const button = make("button", { type: "button", className: "node", title: label, aria: { label } },
    make("img", { src: urlOf(picture), alt: "", loading: "lazy", decoding: "async" }));
  if (picture.id === current) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => choose(picture));
  return button;
}
