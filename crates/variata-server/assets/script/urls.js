// Addresses of pictures that are in memory, one each.

const urls = new Map();

/** The address of `picture`, which has an `id` and a `blob`. */
export function urlOf(picture) {
  if (!urls.has(picture.id)) urls.set(picture.id, URL.createObjectURL(picture.blob));
  return urls.get(picture.id);
}
