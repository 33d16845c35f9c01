// What a program sees of the server through the official Node client.
//
// Prints `PASSED name` or `FAILED name: reason` for each check.

import assert from "node:assert/strict";
import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const picture = "otter.png";
const vary = (options) =>
  client.images.createVariation({ size: "256x256", ...options });

const refused = async (exception, expected, call) => {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof exception, `${error}`);
    assert.equal(error.param, expected.param);
    assert.equal(error.code, expected.code);
    assert.ok(error.message.includes(expected.start), error.message);
    return true;
  });
};

const checks = {
  // The two tests of the client's own suite, with a real picture.
  async only_required_params() {
    const image = await OpenAI.toFile(fs.readFileSync(picture), "otter.png");
    const call = client.images.createVariation({ image });
    const raw = await call.asResponse();
    assert.ok(raw instanceof Response);
    const { data, response } = await call.withResponse();
    assert.equal(response, raw);
    assert.equal(data.data.length, 1);
    assert.deepEqual(Object.keys(await call), ["created", "data"]);
  },
  async required_and_optional_params() {
    const image = await OpenAI.toFile(fs.readFileSync(picture), "otter.png");
    const reply = await client.images.createVariation({
      image,
      model: "dall-e-2",
      n: 1,
      response_format: "url",
      size: "1024x1024",
      user: "user-1234",
    });
    assert.ok(reply.data[0].url.startsWith("http://127.0.0.1"));
  },
  async read_stream_is_taken() {
    const reply = await vary({ image: fs.createReadStream(picture), n: 2 });
    assert.equal(reply.data.length, 2);
  },
  async null_as_text_is_not_given() {
    const image = fs.createReadStream(picture);
    const reply = await vary({ image, response_format: "null", user: "" });
    assert.ok(reply.data[0].url);
  },
  async link_downloads_without_a_key() {
    const reply = await vary({ image: fs.createReadStream(picture) });
    const file = await fetch(reply.data[0].url);
    assert.equal(file.headers.get("content-type"), "image/png");
    const bytes = Buffer.from(await file.arrayBuffer());
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
  },
  async raw_buffer_is_explained() {
    const expected = { param: "image", code: null, start: "toFile" };
    const image = fs.readFileSync(picture).subarray(0, 20000);
    await refused(OpenAI.BadRequestError, expected, () => vary({ image }));
  },
  // Each byte is a part of a hundred bytes: 80 MB, more than any body may have.
  async raw_buffer_over_the_limit_is_explained() {
    const expected = { param: "image", code: null, start: "toFile" };
    const image = Buffer.alloc(800_000, fs.readFileSync(picture));
    await refused(OpenAI.BadRequestError, expected, () => vary({ image }));
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`PASSED ${name}`);
  } catch (error) {
    console.log(`FAILED ${name}: ${`${error}`.split("\n")[0]}`);
  }
}
