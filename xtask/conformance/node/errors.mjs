// Every error of the contract, as the official Node client throws it.
//
// Reads the table in `errors.json`; prints `PASSED name` or `FAILED name: reason` for each row.

import assert from "node:assert/strict";
import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";

const classes = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  404: OpenAI.NotFoundError,
  429: OpenAI.RateLimitError,
  500: OpenAI.InternalServerError,
  503: OpenAI.InternalServerError,
};
// Longer than the patience of the server `hasty`.
const pauseMs = 3000;
const path = "/images/variations";

const vary = async (client, row) => {
  const file = fs.readFileSync(`pictures/${row.picture ?? "square.png"}`);
  const fields = { size: "256x256", ...row.fields };
  if (fields.user) fields.user = "x".repeat(5000);
  const image = await OpenAI.toFile(file, "picture.png");
  return client.images.createVariation({ image, ...fields });
};

// Three requests of ten at a time find no room in a queue of ten.
const occupied = async (client) => {
  const ask = () => {
    const image = fs.createReadStream("otter.png");
    return client.images.createVariation({ image, n: 10, size: "1024x1024" });
  };
  const outcomes = await Promise.allSettled([ask(), ask(), ask()]);
  throw outcomes.find((outcome) => outcome.status === "rejected")?.reason;
};

async function* halfAForm(pauseMs = 0) {
  yield Buffer.from('--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n');
  await sleep(pauseMs);
  yield Buffer.from("\x89PNG", "latin1");
}

const postRaw = (client, body) => {
  const headers = { "Content-Type": "multipart/form-data; boundary=b" };
  return client.post(path, { body, headers });
};

const calls = {
  "no image": (client) => {
    const body = new FormData();
    body.append("n", "1");
    return client.post(path, { body });
  },
  "half a form": (client) => postRaw(client, halfAForm()),
  slow: (client) => postRaw(client, halfAForm(pauseMs)),
  async twice(client, row) {
    await vary(client, row).catch(() => {});
    await vary(client, row);
  },
  json: (client) => client.post(path, { body: { n: 1 } }),
  "unknown path": (client) => client.post("/images/nothing", { body: {} }),
  "unknown model": (client) => client.models.retrieve("x"),
  "wrong method": (client) => client.get(path),
  "no key": (client) => client.models.list({ headers: { Authorization: null } }),
};

const check = async (row) => {
  const baseURL = process.env[`${(row.server ?? "plain").toUpperCase()}_BASE_URL`];
  const client = new OpenAI({ baseURL, maxRetries: 0 });
  const status = row.status ?? 400;
  const plain = row.server === "busy" ? occupied : vary;
  const call = row.call ? calls[row.call] : plain;
  await assert.rejects(call(client, row), (error) => {
    assert.equal(error.constructor, classes[status] ?? OpenAI.APIError, `threw ${error}`);
    assert.equal(error.status, status);
    assert.deepEqual([error.param, error.code], [row.param, row.code]);
    assert.equal(error.type, row.type ?? "invalid_request_error");
    assert.ok(error.error.message.startsWith(row.start), error.message);
    assert.deepEqual(Object.keys(error.error).sort(), ["code", "message", "param", "type"]);
    assert.ok(error.requestID.startsWith("req_"));
    return true;
  });
};

for (const row of JSON.parse(fs.readFileSync("errors.json", "utf8"))) {
  try {
    await check(row);
    console.log(`PASSED ${row.name}`);
  } catch (error) {
    console.log(`FAILED ${row.name}: ${`${error}`.split("\n")[0]}`);
  }
}
