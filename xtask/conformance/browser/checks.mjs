// What a person sees of the page, in a real browser.
//
// Prints `PASSED name` or `FAILED name: reason` for each check.

import { access } from "./access.mjs";
import { launch, serve } from "./browser.mjs";
import { faults } from "./faults.mjs";
import { intake } from "./intake.mjs";
import { operators } from "./operators.mjs";
import { results } from "./results.mjs";

const browser = await launch();
const server = await serve();
for (const [name, check] of Object.entries({ ...intake, ...results, ...faults, ...access, ...operators })) {
  try {
    await check({ browser, url: server.url });
    console.log(`PASSED ${name}`);
  } catch (error) {
    console.log(`FAILED ${name}: ${`${error}`.replaceAll("\n", " ").slice(0, 1000)}`);
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
server.stop();
