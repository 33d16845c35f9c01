"""Every error of the contract, as the official Python client raises it.

Reads the table in `errors.json`; prints `PASSED name` or `FAILED name: reason` for each row.
"""

import json
import os
import pathlib
import threading
import time

import openai

CLASSES = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    404: openai.NotFoundError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
}
# Longer than the patience of the server `hasty`.
PAUSE_S = 3


def vary(client, row):
    image = pathlib.Path("pictures", row.get("picture", "square.png"))
    fields = dict(row.get("fields", {}))
    if fields.get("user"):
        fields["user"] = "x" * 5000
    client.images.create_variation(
        image=image.read_bytes(), size=fields.pop("size", "256x256"), extra_body=fields
    )


def occupied(client, row):
    """Three requests of ten at a time find no room in a queue of ten."""
    refusals = []

    def ask():
        try:
            picture = pathlib.Path("otter.png").read_bytes()
            client.images.create_variation(image=picture, n=10, size="1024x1024")
        except openai.APIError as error:
            refusals.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    raise refusals[0]


FORM = {"headers": {"Content-Type": "multipart/form-data"}}
# Spelt so that the client does not write the form itself.
RAW_FORM = {"headers": {"Content-Type": "Multipart/form-data; boundary=b"}}


def half_a_form(pause_s=0):
    yield b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n'
    time.sleep(pause_s)
    yield b"\x89PNG"


def call(client, row):
    path = "/images/variations"
    match row.get("call"):
        case "no image":
            files = [("other", b"1")]
            client.post(path, cast_to=object, body={"n": 1}, files=files, options=FORM)
        case "half a form":
            client.post(path, cast_to=object, content=half_a_form(), options=RAW_FORM)
        case "slow":
            slowly = half_a_form(PAUSE_S)
            client.post(path, cast_to=object, content=slowly, options=RAW_FORM)
        case "twice":
            vary(client, row)
            vary(client, row)
        case "json":
            client.post(path, cast_to=object, body={"n": 1})
        case "unknown path":
            client.post("/images/nothing", cast_to=object, body={})
        case "unknown model":
            client.models.retrieve("x")
        case "wrong method":
            client.get(path, cast_to=object)
        case "no key":
            client.models.list(extra_headers={"Authorization": openai.Omit()})
        case None:
            (occupied if row.get("server") == "busy" else vary)(client, row)


def check(row):
    address = os.environ[f"{row.get('server', 'plain').upper()}_BASE_URL"]
    client = openai.OpenAI(base_url=address, max_retries=0)
    status = row.get("status", 400)
    try:
        call(client, row)
    except openai.APIStatusError as error:
        assert type(error) is CLASSES.get(status, openai.APIStatusError), type(error)
        assert error.status_code == status, error.status_code
        assert (error.param, error.code) == (row["param"], row["code"]), error.body
        assert error.type == row.get("type", "invalid_request_error"), error.body
        assert error.body["message"].startswith(row["start"]), error.body["message"]
        assert set(error.body) == {"message", "type", "param", "code"}, error.body
        assert error.request_id.startswith("req_"), error.request_id
        return
    raise AssertionError("nothing was refused")


for row in json.loads(pathlib.Path("errors.json").read_text()):
    try:
        check(row)
        print(f"PASSED {row['name']}")
    except Exception as error:
        print(f"FAILED {row['name']}: {error!r}")
