import { assertEquals } from "@std/assert";
import {
  type CommandWords,
  completionWords,
  type Shell,
  shells,
} from "../../lib/core/command_line/completion/mod.ts";
import type { Script } from "../../lib/core/command_line/mod.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { runScript } from "../support/run_script.ts";
import { offeredWords } from "../support/shells/shell_completions.ts";
import { loadScripts, projectFolder } from "./all_scripts.ts";

/** Lines, and what must be offered at the end of each. */
function expectations(script: Script): [string, readonly string[]][] {
  const { name, start, commands } = completionWords(script);
  const all: [string, readonly string[]][] = [
    ...[start, ...commands].flatMap((command) => commandExpectations(name, command)),
    [`${name} --verb`, ["--verbose"]],
  ];
  if (commands.length > 0) all.push([`./scripts/${name}.ts `, commands.map(({ name }) => name)]);
  return all;
}

function commandExpectations(script: string, { name, options }: CommandWords) {
  const begin = name === "" ? script : `${script} ${name}`;
  const flags = options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith("--")));
  const lines: [string, readonly string[]][] = [[`${begin} --`, flags]];
  for (const { flags: [flag], value } of options) {
    if (value?.kind === "words") lines.push([`${begin} ${flag} `, value.words]);
  }
  return lines;
}

async function completionOf(shell: Shell): Promise<string> {
  const { code, stdout, stderr } = await runScript("completion", [shell]);
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

for (const shell of shells) {
  const needs = [optionalTool(shell), optionalTool("python3")];
  Deno.test({
    name: `completion ${shell} completes the commands, flags and values of every script`,
    ignore: needs.some((need) => need.ignore),
    async fn() {
      const completion = await completionOf(shell);
      const scripts = await loadScripts();
      const cases = scripts.flatMap(expectations);

      const offered = await offeredWords(
        { shell, completion, cwd: projectFolder },
        cases.map(([line]) => line),
      );

      for (const [index, [line, words]] of cases.entries()) {
        const found = offered[index]?.filter((word) => !/^-\w$/.test(word));
        assertEquals(found?.sort(), words.toSorted(), line);
      }
    },
  });
}

Deno.test("completion --json gives the shell and its script", async () => {
  const { code, json } = await runScript("completion", ["fish", "--json"]);

  assertEquals(code, 0);
  assertEquals(json(), { shell: "fish", script: await completionOf("fish") });
});
