"""Ten variations of 256 px, counted."""

from openai import OpenAI

client = OpenAI()

response = client.images.create_variation(
    image=open("otter.png", "rb"),
    n=10,
    size="256x256",
)

print(len(response.data))
