// The same request for a program, in the words of the official clients.

import { byId, save } from "./dom.js";

const text = (value) => JSON.stringify(value);
const shell = (value) => (/^[\w.-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`);

/** What of a request the endpoint did not have in its day. */
function extras({ fields, fit }) {
  const { seed, strength } = fields;
  return fit ? { seed, strength, fit } : { seed, strength };
}

const LANGUAGES = {
  python: (run, base) => `from openai import OpenAI

client = OpenAI(base_url=${text(base)}, api_key="YOUR_KEY")

response = client.images.create_variation(
    image=open(${text(run.file)}, "rb"),${run.fields.model ? `\n    model=${text(run.fields.model)},` : ""}
    n=${run.fields.n},
    size=${text(run.fields.size)},
    extra_body=${text(extras(run)).replaceAll('":"', '": "').replaceAll('","', '", "')},
)
for image in response.data:
    print(image.url)`,

  node: (run, base) => `import fs from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${text(base)}, apiKey: "YOUR_KEY" });

const response = await client.images.createVariation({
  image: fs.createReadStream(${text(run.file)}),${run.fields.model ? `\n  model: ${text(run.fields.model)},` : ""}
  n: ${run.fields.n},
  size: ${text(run.fields.size)},
${Object.entries(extras(run)).map(([name, value]) => `  ${name}: ${text(value)},`).join("\n")}
});
for (const image of response.data) console.log(image.url);`,

  curl: (run, base) => [
    `curl ${base}/images/variations`,
    '  -H "Authorization: Bearer YOUR_KEY"',
    `  -F image=@${shell(run.file)}`,
    ...Object.entries({ ...run.fields, ...extras(run) }).map(([name, value]) => `  -F ${name}=${shell(value)}`),
  ].join(" \\\n"),

  variata: (run) => {
    const { n, size, seed, strength } = run.fields;
    const options = `-n ${n} --size ${size.split("x")[0]} --seed ${seed} --strength ${strength}`;
    return `variata vary ${shell(run.file)} ${options}${run.fit === "pad" ? " --fit pad" : ""}`;
  },
};

/** The dialog that shows a run as code. */
export class CodeDialog {
  constructor() {
    this.dialog = byId("code");
    for (const radio of document.querySelectorAll("[name=language]")) {
      radio.addEventListener("change", () => this.write());
    }
    byId("code-close").addEventListener("click", () => this.dialog.close());
    byId("code-copy").addEventListener("click", () => this.copy());
  }

  open(run) {
    this.run = run;
    this.note(run.sent);
    this.write();
    this.dialog.showModal();
  }

  write() {
    const language = document.querySelector("[name=language]:checked").value;
    byId("code-text").textContent = LANGUAGES[language](this.run, `${location.origin}/v1`);
    byId("code-copy").textContent = "Copy";
  }

  /** A file that only the page has can be had too. */
  note(sent) {
    byId("code-note").replaceChildren();
    if (!sent) return;
    const button = Object.assign(document.createElement("button"), {
      type: "button", className: "linklike", textContent: this.run.file,
    });
    button.addEventListener("click", () => save(sent, this.run.file));
    byId("code-note").append("The square that was sent: ", button);
  }

  async copy() {
    const place = byId("code-text");
    // Browsers have a clipboard on HTTPS and localhost only; elsewhere the text is marked at least.
    const copied = navigator.clipboard?.writeText(place.textContent) ?? Promise.reject();
    const isCopied = await copied.then(() => true, () => {
      getSelection().selectAllChildren(place);
      return document.execCommand("copy");
    });
    byId("code-copy").textContent = isCopied ? "Copied" : "Press Ctrl+C";
  }
}
