/** What every executable does before its script: it stands in for what bundling took away. */

import { createRequire } from "node:module";
import { forgetVariable, loadEnvFile } from "./load_env_file.ts";

// CommonJS packages ask for these when they are loaded, which is later than this.
Object.assign(globalThis, {
  require: createRequire(import.meta.url),
  __dirname: import.meta.dirname,
});

// `deno compile` reads an `.env` when it builds; the scripts read the caller's when they run.
if (Deno.build.standalone) {
  loadEnvFile();
  // Of the `deno task` that may have started this, whose caller is not who means the paths here.
  forgetVariable("INIT_CWD");
}
