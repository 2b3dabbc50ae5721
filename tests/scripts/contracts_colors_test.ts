/** Colours are for terminals, and for nobody who wants none. */

import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { optionalTool } from "../support/optional_tool.ts";
import { packageFolder, scriptPath, shebangArgs } from "../support/run_script.ts";
import { type QueueSandbox, queueSandbox } from "./queue_sandbox.ts";

// deno-lint-ignore no-control-regex -- control characters are what is looked for
const colored = /\x1b\[\d+m/;

Deno.test({
  name: "results have colour on a terminal, but none with NO_COLOR, with --json or in a pipe",
  ...optionalTool("python3"),
  async fn() {
    await using place = await queueSandbox();
    await place.fill("survey", 2);

    for (const command of ["monitor", "diagnose"]) {
      const plain = await onTerminal(place, [command]);
      const refused = await onTerminal(place, [command], { NO_COLOR: "1" });
      const empty = await onTerminal(place, [command], { NO_COLOR: "" });
      const json = await onTerminal(place, [command, "--json"]);
      const piped = await place.queue([command]);

      assertMatch(plain, colored, command);
      assertMatch(empty, colored, `${command} with an empty NO_COLOR, which counts as none`);
      for (const text of [refused, json, piped.stdout]) {
        assertEquals(colored.exec(text), null, `${command}: ${text}`);
      }
    }
  },
});

async function onTerminal(
  place: QueueSandbox,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const script = scriptPath("queue");
  const variables = {
    PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
    ...place.env,
    PWD: place.folder,
    DENO_DIR: packageFolder(),
    TERM: "xterm",
    ...env,
  };
  const { code, stdout } = await new Deno.Command("python3", {
    args: [
      fromFileUrl(new URL("run_in_terminal.py", import.meta.url)),
      "nothing is pressed",
      Deno.execPath(),
      ...shebangArgs(script, variables),
      script,
      ...args,
    ],
    cwd: place.folder,
    clearEnv: true,
    env: variables,
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, text);
  return text;
}
