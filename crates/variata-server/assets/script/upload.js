// From a picture and its square to the file that is sent.

import { Fault } from "./fault.js";

/** The endpoint takes less than this. */
const MAX_BYTES = 4 * 1024 * 1024 - 1;
/** Variations have at most 1024 px; more of a source only takes longer to send. */
const MAX_SIDE = 1024;
/** What the server reads by itself, once it may change the shape. */
const READABLE = ["image/png", "image/jpeg", "image/webp"];

/**
 * The file to send for `picture`, and what `fit` the server has to make of it: none, `crop` or
 * `pad`. The file is the caller's own, byte for byte, where the server can take that.
 */
export async function upload(picture, frame, shape) {
  const { blob, name } = picture;
  const fits = blob.size <= MAX_BYTES && Math.max(picture.width, picture.height) <= 4096;
  const isPng = blob.type === "image/png";
  const own = new File([blob], name, { type: blob.type });
  if (frame.isSquare && isPng && fits) return { file: own, fit: null };
  const isReadable = READABLE.includes(blob.type) && fits;
  const isPadded = !frame.isSquare && shape === "pad";
  if (isReadable && (isPadded || frame.isCentred)) {
    return { file: own, fit: isPadded ? "pad" : "crop" };
  }
  const area = isPadded ? { x: 0, y: 0, width: frame.width, height: frame.height }
    : { x: frame.x, y: frame.y, width: frame.side, height: frame.side };
  const drawn = await draw(blob, area);
  const file = new File([drawn], `${name.replace(/\.[^.]+$/, "")}-square.png`, { type: "image/png" });
  return { file, fit: isPadded ? "pad" : null };
}

/** `area` of the picture as a PNG that is small enough. */
async function draw(blob, area) {
  const bitmap = await decode(blob);
  let scale = Math.min(1, MAX_SIDE / Math.max(area.width, area.height));
  for (;;) {
    const [width, height] = [area.width, area.height].map((side) => Math.max(1, Math.round(side * scale)));
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, area.x, area.y, area.width, area.height, 0, 0, width, height);
    const png = await canvas.convertToBlob({ type: "image/png" });
    if (png.size <= MAX_BYTES) return png;
    scale *= 0.8;
  }
}

/** Decodes what this browser can read. */
export async function decode(blob) {
  try {
    return await createImageBitmap(blob);
  } catch {
    const kind = blob.type || "this file";
    const message = `This browser cannot read ${kind}. Save the picture as PNG or JPEG and try again.`;
    throw new Fault(message, { param: "image" });
  }
}
