/** What every executable does before its script: it stands in for what bundling took away. */

import { createRequire } from "node:module";
import { parseEnv } from "node:util";

// CommonJS packages ask for these when they are loaded, which is later than this.
Object.assign(globalThis, {
  require: createRequire(import.meta.url),
  __dirname: import.meta.dirname,
});

// `deno compile` reads an `.env` when it builds; the scripts read the caller's when they run.
if (Deno.build.standalone) loadEnvFile();

function loadEnvFile(): void {
  let text: string;
  try {
    text = Deno.readTextFileSync(".env");
  } catch {
    return;
  }
  for (const [name, value = ""] of Object.entries(parseEnv(text))) {
    // Variables that this script may not see are not set by it either.
    if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
  }
}
