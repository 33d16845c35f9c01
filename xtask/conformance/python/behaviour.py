"""What a program sees of the server through the official Python client.

Prints `PASSED name` or `FAILED name: reason` for each check.
"""

import base64
import io
import pathlib
import struct
import urllib.request
import zlib

import openai

client = openai.OpenAI(max_retries=0)
PICTURE = pathlib.Path("otter.png")


def oblong_png():
    """A black PNG of 4 by 2 pixels."""

    def chunk(kind, data):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 2, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0\0\0\0" * 2))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def vary(image=PICTURE, size="256x256", **options):
    return client.images.create_variation(image=image, size=size, **options)


def png_pixels(text):
    """The compressed pixels of a PNG in base64, without the records beside them."""
    file = base64.b64decode(text)
    position, pixels = 8, b""
    while position < len(file):
        length, kind = struct.unpack(">I4s", file[position : position + 8])
        if kind == b"IDAT":
            pixels += file[position + 8 : position + 8 + length]
        position += length + 12
    return pixels


def refused(exception, param, code, start, call):
    try:
        call()
    except exception as error:
        assert error.param == param, error.param
        assert error.code == code, error.code
        assert error.body["message"].startswith(start), error.body["message"]
        assert error.request_id.startswith("req_"), error.request_id
        return
    raise AssertionError("nothing was refused")


def path_is_taken():
    assert len(vary(PICTURE).data) == 1


def bytes_are_taken():
    assert len(vary(PICTURE.read_bytes()).data) == 1


def bytes_without_a_name_are_taken():
    assert len(vary((None, PICTURE.read_bytes())).data) == 1


def stream_that_cannot_seek_is_taken():
    class Stream(io.RawIOBase):
        def __init__(self):
            self.bytes = io.BytesIO(PICTURE.read_bytes())

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.bytes.readinto(buffer)

    assert len(vary(("upload", Stream())).data) == 1


def stream_brings_coarse_and_finished_images():
    stream = client.post(
        "/images/variations",
        cast_to=object,
        body={"stream": "true", "size": "256x256", "n": "2", "seed": "7"},
        files=[("image", PICTURE)],
        options={"headers": {"Content-Type": "multipart/form-data"}},
        stream=True,
        stream_cls=openai.Stream[object],
    )
    events = list(stream)
    kinds = {"image_variation.partial_image", "image_variation.completed"}
    assert {event["type"] for event in events} == kinds, events
    done = [event for event in events if event["type"].endswith("completed")]
    assert sorted(event["seed"] for event in done) == ["7", "8"]
    whole = vary(n=2, response_format="b64_json", extra_body={"seed": "7"}).data
    pixels = [png_pixels(event["b64_json"]) for event in sorted(done, key=lambda e: e["index"])]
    assert pixels == [png_pixels(image.b64_json) for image in whole]


def error_in_a_stream_is_raised():
    try:
        client.post(
            "/images/variations",
            cast_to=object,
            body={"stream": "true"},
            files=[("image", ("broken.png", PICTURE.read_bytes()[:-5000]))],
            options={"headers": {"Content-Type": "multipart/form-data"}},
            stream=True,
            stream_cls=openai.Stream[object],
        )
    except openai.BadRequestError as error:
        assert error.code == "invalid_image_format", error.code
        return
    raise AssertionError("nothing was refused")


def link_downloads_without_a_key():
    with urllib.request.urlopen(vary().data[0].url) as reply:
        assert reply.headers["content-type"] == "image/png"
        assert reply.read(4) == b"\x89PNG"


def link_that_was_altered_is_refused():
    url = vary().data[0].url
    try:
        urllib.request.urlopen(url.replace("expires=", "expires=9"))
    except urllib.error.HTTPError as error:
        assert error.code == 403, error.code
        return
    raise AssertionError("it was served")


def seed_makes_the_same_file():
    files = {
        vary(response_format="b64_json", extra_body={"seed": 7}).data[0].b64_json
        for _ in range(2)
    }
    assert len(files) == 1, len(files)


def models_are_listed():
    assert "dall-e-2" in [model.id for model in client.models.list()]


def not_a_png_is_a_bad_request():
    start = "Uploaded image must be a PNG and less than 4 MB."
    call = lambda: vary(b"GIF89a")
    refused(openai.BadRequestError, "image", "invalid_image_format", start, call)


def oblong_picture_is_a_bad_request():
    start = "Invalid input image - expected an image with equal width and height, got 4x2"
    call = lambda: vary(oblong_png())
    refused(openai.BadRequestError, "image", "invalid_image", start, call)


def oblong_picture_can_be_cropped():
    assert len(vary(oblong_png(), extra_body={"fit": "crop"}).data) == 1


def wrong_size_is_a_bad_request():
    call = lambda: vary(size="300x300")
    refused(openai.BadRequestError, "size", None, "'300x300' is not one of", call)


def too_many_is_a_bad_request():
    start = "15 is greater than the maximum of 10 - 'n'"
    refused(openai.BadRequestError, "n", None, start, lambda: vary(n=15))


def unknown_model_is_a_bad_request():
    start = "Invalid value: 'x'. Value must be 'dall-e-2'."
    call = lambda: vary(model="x")
    refused(openai.BadRequestError, "model", "invalid_value", start, call)


def unknown_path_is_not_found():
    start = "Invalid URL (POST /v1/images/nothing)"
    call = lambda: client.post("/images/nothing", cast_to=object, body={})
    refused(openai.NotFoundError, None, None, start, call)


def wrong_method_is_told():
    call = lambda: client.get("/images/variations", cast_to=object)
    start = "Only POST requests are accepted."
    refused(openai.APIStatusError, None, "method_not_supported", start, call)


def five_megabytes_are_a_bad_request():
    start = "Uploaded image must be a PNG and less than 4 MB."
    call = lambda: vary(PICTURE.read_bytes() + bytes(5 << 20))
    refused(openai.BadRequestError, "image", "invalid_image_format", start, call)


def seventy_megabytes_are_too_large():
    start = "Maximum content size limit (67108864) exceeded"
    call = lambda: vary(bytes(70 << 20))
    refused(openai.APIStatusError, None, None, start, call)


CHECKS = [
    path_is_taken,
    bytes_are_taken,
    bytes_without_a_name_are_taken,
    stream_that_cannot_seek_is_taken,
    link_downloads_without_a_key,
    link_that_was_altered_is_refused,
    seed_makes_the_same_file,
    stream_brings_coarse_and_finished_images,
    error_in_a_stream_is_raised,
    models_are_listed,
    not_a_png_is_a_bad_request,
    oblong_picture_is_a_bad_request,
    oblong_picture_can_be_cropped,
    wrong_size_is_a_bad_request,
    too_many_is_a_bad_request,
    unknown_model_is_a_bad_request,
    unknown_path_is_not_found,
    wrong_method_is_told,
    five_megabytes_are_a_bad_request,
    seventy_megabytes_are_too_large,
]

for check in CHECKS:
    try:
        check()
        print(f"PASSED {check.__name__}")
    except Exception as error:
        print(f"FAILED {check.__name__}: {error!r}")
