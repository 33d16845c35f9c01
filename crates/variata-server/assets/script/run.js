// One request on the page: its frames, how far it is, and what can be done with all of it.

import { Card } from "./card.js";
import { make, save } from "./dom.js";
import { Score } from "./score.js";
import { sheet } from "./sheet.js";
import { urlOf } from "./urls.js";
import { zip } from "./zip.js";

/** The section of a run; `record` is what the library keeps of it. */
export class RunView {
  constructor(record, theme, actions) {
    this.record = record;
    this.theme = theme;
    this.count = Number(record.fields.n);
    this.score = new Score(this.count);
    const { stem } = this;
    this.cards = Array.from({ length: this.count }, (_, index) => new Card(index, stem, actions));
    this.facts = make("p", { className: "facts" });
    this.tools = make("div", { className: "run-tools", hidden: true });
    this.element = make("section", { className: "run", aria: { label: `Variations on ${stem}` } },
      make("header", {},
        make("div", {}, make("h2", {}, "Variations on ", make("i", {}, stem)), this.facts), this.tools),
      this.score.element,
      make("div", { className: "grid", data: { count: this.count } },
        ...this.cards.map((card) => card.element)));
    this.tool("Download all", () => this.downloadAll());
    this.tool("Contact sheet", () => this.downloadSheet());
    this.tool("As code", () => actions.code(record));
    this.describe();
  }

  get pictures() {
    return this.cards.map((card) => card.picture).filter(Boolean);
  }

  sketch(index, blob) {
    this.cards[index]?.sketch(blob);
    this.score.mark(index, "sketched");
  }

  /** Returns how many are finished. */
  finish(picture) {
    this.cards[picture.index]?.finish(picture, urlOf(picture));
    return this.score.mark(picture.index, "finished");
  }

  /** The run is over, whether or not all came. */
  end() {
    for (const card of this.cards) card.lose();
    this.element.dataset.state = "over";
    this.tools.hidden = this.pictures.length === 0;
    this.describe();
  }

  describe() {
    const { fields, engine, ms } = this.record;
    const side = fields.size.split("x")[0];
    const facts = [`${side} px`, `strength ${fields.strength}`, `seed ${fields.seed}`];
    if (engine) facts.push(engine);
    if (ms) facts.push(`${(ms / 1000).toFixed(1)} s`);
    const apart = (fact, index) => [index > 0 ? " · " : "", make("span", {}, fact)];
    this.facts.replaceChildren(...facts.flatMap(apart));
  }

  tool(text, act) {
    const button = make("button", { type: "button", className: "quiet" }, text);
    button.addEventListener("click", act);
    this.tools.append(button);
  }

  async downloadAll() {
    const files = this.pictures.map(({ name, blob }) => ({ name, blob }));
    save(await zip(files), `${this.stem}-variations.zip`);
  }

  async downloadSheet() {
    save(await sheet(this.theme, this.pictures), `${this.stem}-sheet.png`);
  }

  get stem() {
    return this.theme.name.replace(/\.[^.]+$/, "");
  }
}
