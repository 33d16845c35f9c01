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


def oblong_picture_can_be_cropped():
    assert len(vary(oblong_png(), extra_body={"fit": "crop"}).data) == 1


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
    oblong_picture_can_be_cropped,
]

for check in CHECKS:
    try:
        check()
        print(f"PASSED {check.__name__}")
    except Exception as error:
        print(f"FAILED {check.__name__}: {error!r}")
