// Server-sent events out of a response, as they come.

/** Yields `{ name, data }` for each event of `response`; `data` is parsed. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    // An event may be megabytes of one line: only what is new can hold its end.
    let from = Math.max(0, text.length - 1);
    text += value;
    for (let end; (end = text.indexOf("\n\n", from)) >= 0; from = 0) {
      const event = parse(text.slice(0, end));
      text = text.slice(end + 2);
      if (event) yield event;
    }
  }
}

function parse(text) {
  const field = (name) => text.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1];
  const data = field("data");
  return data && { name: field("event"), data: JSON.parse(data) };
}
