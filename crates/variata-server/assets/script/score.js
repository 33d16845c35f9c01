// How far a run is: a staff on which each variation is a note, hollow until it is finished.

import { make } from "./dom.js";

/** Where the notes of a run lie, in steps above the middle line. */
const MELODY = [0, -1, 2, 1, 3, 0, 1, -2, -1, -3];

/** A staff for `count` variations. */
export class Score {
  constructor(count) {
    this.notes = Array.from({ length: count }, (_, index) => {
      const note = make("i");
      note.style.setProperty("--step", MELODY[index % MELODY.length]);
      return note;
    });
    this.element = make("div", {
      className: "score",
      aria: { role: "progressbar", label: "Variations finished", valuemin: 0, valuemax: count, valuenow: 0 },
    }, ...this.notes);
  }

  /** Variation `index` is `sketched` or `finished`. */
  mark(index, state) {
    if (this.notes[index]) this.notes[index].className = state;
    const finished = this.notes.filter((note) => note.className === "finished").length;
    this.element.setAttribute("aria-valuenow", finished);
    return finished;
  }
}
