/** The least that a Deno script with arguments can be; the start of `claim-batch` is held to it. */

import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { flow: { type: "string" }, help: { type: "boolean" } },
});
Deno.stdout.writeSync(new TextEncoder().encode(values.help ? "Usage: empty [--flow NAME]\n" : ""));
