import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI(); // reads OPENAI_BASE_URL and OPENAI_API_KEY

const response = await client.images.createVariation({
  image: fs.createReadStream("otter.png"),
  n: 2,
  size: "1024x1024",
});
for (const image of response.data) {
  console.log(image.url);
}
