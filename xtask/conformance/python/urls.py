"""Three variations of 1024 px as links, as the API's page shows it."""

from openai import OpenAI

client = OpenAI()

response = client.images.create_variation(
    image=open("otter.png", "rb"),
    n=3,
    size="1024x1024",
)

for image in response.data:
    print(image.url)
