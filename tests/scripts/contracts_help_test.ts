import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { commonOptions } from "../../lib/core/command_line/common_options.ts";
import { parseOptions } from "../../lib/core/command_line/mod.ts";
import { flagName } from "../../lib/core/command_line/option_table.ts";
import { inParallel } from "../support/in_parallel.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { allInvocations, loadScripts, scriptNames } from "./all_scripts.ts";
import { exampleWords, inEmptyHome, shebangCommand, titleOf } from "./contracts_sandbox.ts";

const commonNames = ["json", "quiet", "verbose", "printPermissions", "help", "version"];

Deno.test("--help shows usage, examples, every option, exit codes and permissions, and exits 0", async () => {
  await inEmptyHome(async (run) => {
    await inParallel(await allInvocations(), async ({ name, words, command }) => {
      const title = titleOf({ name, words, command });

      const { code, stdout, stderr } = await run(name, [...words, "--help"]);

      assertEquals([code, stderr], [0, ""], title);
      const sections = [...stdout.matchAll(/^(\w[\w ]*):$/gm)].map(([, section]) => section);
      assertEquals(sections, ["Usage", "Examples", "Options", "Exit codes", "Permissions"], title);
      const [, examples = ""] = /\nExamples:\n(.*?)\n\n/s.exec(stdout) ?? [];
      assertEquals(examples.split("\n").length, 2, `${title} has two examples`);
      for (const example of examples.split("\n")) assertStringIncludes(example, `  ${title}`);
      const flat = stdout.replace(/\s+/g, " ");
      for (const [option, spec] of Object.entries(command.options)) {
        assertStringIncludes(flat, ` --${flagName(option)} `, title);
        assertStringIncludes(flat, spec.description, title);
        if (spec.configKey) assertStringIncludes(flat, `setting ${spec.configKey}`, title);
      }
      for (const option of commonNames) {
        assertMatch(stdout, new RegExp(`\\n\\s+(-\\w, )?--${flagName(option)} `), title);
      }
      for (const exitCode of ["0 ", "1 ", "2 ", "3 ", "4 ", "130, 143 "]) {
        assertStringIncludes(stdout, `\n  ${exitCode}`);
      }
      for (const line of textLines(stdout)) assert(line.length <= 100, `${title}: ${line}`);
    });
  });
});

/** The lines of a help page but for usage and examples, which are for copying. */
function textLines(help: string): string[] {
  return help.replace(/\nUsage:.*\nOptions:/s, "").split("\n");
}

Deno.test("--help has words of one form: descriptions, summaries, defaults", async () => {
  for (const invocation of await allInvocations()) {
    const { command } = invocation;
    const texts = Object.entries(command.options)
      .map(([name, spec]) => [`${titleOf(invocation)} --${flagName(name)}`, spec.description]);
    const { dryRun } = command.options;
    const promise = /^Say what would .*, and change nothing$/;
    if (dryRun) assertMatch(dryRun.description, promise, titleOf(invocation));
    for (const [place, text = ""] of [[titleOf(invocation), command.summary], ...texts]) {
      assertMatch(text, /^\S+( \S+)*$/, place);
      assertEquals(text.endsWith("."), false, place);
      assertEquals(/several times/.test(text), false, `${place}: ${text}`);
    }
  }
});

Deno.test("each example of a help page is a line that the command takes", async () => {
  for (const invocation of await allInvocations()) {
    const { command, words } = invocation;
    assertEquals(command.examples.length, 2, titleOf(invocation));
    for (const example of command.examples) {
      const args = exampleWords(invocation, example).slice(words.length);

      const { positionals } = await parseOptions({ ...command.options, ...commonOptions }, args);

      const mayHavePositionals = command.positionals !== undefined;
      assert(mayHavePositionals || positionals.length === 0, `${titleOf(invocation)} ${example}`);
    }
  }
});

Deno.test("a script with commands lists them, without a command and with --help", async () => {
  await inEmptyHome(async (run) => {
    await inParallel(await loadScripts(), async ({ name, commands }) => {
      if (commands === undefined) return;

      const bare = await run(name, []);
      const help = await run(name, ["--help"]);
      const short = await run(name, ["-h"]);

      assertEquals([bare.code, help.code, bare.stderr], [0, 0, ""]);
      assertEquals([bare.stdout, short.stdout], [help.stdout, help.stdout]);
      const flat = help.stdout.replace(/\s+/g, " ");
      for (const [word, { summary }] of Object.entries(commands)) {
        assertStringIncludes(flat, ` ${word} ${summary} `);
      }
      for (const line of textLines(help.stdout)) assert(line.length <= 100, `${name}: ${line}`);
    });
  });
});

Deno.test({
  name: "on a terminal, --help is as wide as that, and no script writes control characters",
  ...optionalTool("python3"),
  async fn() {
    await inParallel(scriptNames, async (name) => {
      const help = await onNarrowTerminal(name, ["--help"]);
      const failure = await onNarrowTerminal(name, ["--nonsense"]);

      assertStringIncludes(help, "\nExit codes:\n");
      assertMatch(failure, /^Error: [^\n]+; see --help\n$/);
      // deno-lint-ignore no-control-regex -- control characters are what is looked for
      assertEquals((help + failure).match(/[\x00-\x09\x0b-\x1f]/), null, name);
      for (const line of textLines(help)) assert(line.length <= 70, `${name}: ${line}`);
    });
  },
});

async function onNarrowTerminal(name: string, args: readonly string[]): Promise<string> {
  const { stdout } = await shebangCommand(name, args, [
    "python3",
    join(import.meta.dirname ?? ".", "../support/shells/type_in_terminal.py"),
    "/dev/null",
    "sh",
    "-c",
    'stty cols 70 && exec "$@"',
    "sh",
  ]);
  return stdout.replaceAll("\r\n", "\n");
}
