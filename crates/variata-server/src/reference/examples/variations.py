from openai import OpenAI

client = OpenAI()  # reads OPENAI_BASE_URL and OPENAI_API_KEY

response = client.images.create_variation(
    image=open("otter.png", "rb"),
    n=2,
    size="1024x1024",
    extra_body={"seed": 7, "strength": 0.5},  # beyond OpenAI's endpoint
)
for image in response.data:
    print(image.url)
