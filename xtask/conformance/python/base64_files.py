"""Two variations of 512 px, decoded into files."""

import base64

from openai import OpenAI

client = OpenAI()

response = client.images.create_variation(
    image=open("otter.png", "rb"),
    n=2,
    size="512x512",
    response_format="b64_json",
)

for index, image in enumerate(response.data):
    with open(f"variation-{index}.png", "wb") as file:
        file.write(base64.b64decode(image.b64_json))
    print(f"variation-{index}.png")
