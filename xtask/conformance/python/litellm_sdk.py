"""What a program sees of the server through LiteLLM, which sends the picture and nothing else.

Prints `PASSED name` or `FAILED name: reason` for each check.
"""

import asyncio
import os
import urllib.request

# It would ask the network for prices.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm

SETTINGS = {
    "model": "openai/dall-e-2",
    "api_base": os.environ["OPENAI_BASE_URL"],
    "api_key": os.environ["OPENAI_API_KEY"],
}


def variation_has_a_link_that_works():
    with open("otter.png", "rb") as picture:
        response = litellm.image_variation(image=picture, n=1, **SETTINGS)
    with urllib.request.urlopen(response.data[0].url) as reply:
        assert reply.read(4) == b"\x89PNG"


def variation_can_be_awaited():
    async def ask():
        with open("otter.png", "rb") as picture:
            return await litellm.aimage_variation(image=picture, n=1, **SETTINGS)

    assert asyncio.run(ask()).data[0].url


def not_a_png_is_a_bad_request():
    try:
        litellm.image_variation(image=open("pictures/picture.gif", "rb"), n=1, **SETTINGS)
    except Exception as error:  # a class of its own, for which it has no public name
        assert error.status_code == 400, error
        assert "Uploaded image must be a PNG" in str(error), error
        return
    raise AssertionError("it was taken")


for check in [
    variation_has_a_link_that_works,
    variation_can_be_awaited,
    not_a_png_is_a_bad_request,
]:
    try:
        check()
        print(f"PASSED {check.__name__}")
    except Exception as error:
        print(f"FAILED {check.__name__}: {error!r}".splitlines()[0])
