// A contact sheet: the theme and its variations on one page, each with the seed that makes it.

import { roman } from "./roman.js";

const CELL = 320;
const GAP = 28;
const CAPTION = 40;
const [PAPER, INK, FAINT] = ["#faf7f1", "#1d1b18", "#6b6459"];
const SERIF = '"Iowan Old Style", Palatino, "Palatino Linotype", P052, Georgia, serif';

/** The sheet as a PNG. */
export async function sheet(theme, pictures) {
  const all = [{ ...theme, title: "Theme" }, ...pictures.map((picture) => ({
    ...picture, title: roman(picture.index + 1), note: `seed ${picture.seed}`,
  }))];
  const columns = Math.min(4, Math.ceil(Math.sqrt(all.length)));
  const rows = Math.ceil(all.length / columns);
  const canvas = new OffscreenCanvas(GAP + columns * (CELL + GAP), GAP + rows * (CELL + CAPTION + GAP));
  const context = canvas.getContext("2d");
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  for (const [at, item] of all.entries()) {
    const x = GAP + (at % columns) * (CELL + GAP);
    const y = GAP + Math.floor(at / columns) * (CELL + CAPTION + GAP);
    await cell(context, item, x, y);
  }
  return canvas.convertToBlob({ type: "image/png" });
}

async function cell(context, { blob, title, note = "" }, x, y) {
  const bitmap = await createImageBitmap(blob);
  const scale = CELL / Math.max(bitmap.width, bitmap.height);
  const [width, height] = [bitmap.width * scale, bitmap.height * scale];
  context.drawImage(bitmap, x + (CELL - width) / 2, y + (CELL - height) / 2, width, height);
  context.fillStyle = INK;
  context.font = `italic 20px ${SERIF}`;
  context.fillText(title, x, y + CELL + 28);
  context.fillStyle = FAINT;
  context.font = "14px system-ui, sans-serif";
  context.fillText(note, x + CELL - context.measureText(note).width, y + CELL + 27);
}
