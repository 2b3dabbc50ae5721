import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commonOptions } from "../../lib/core/command_line/common_options.ts";
import { type OptionSpec } from "../../lib/core/command_line/mod.ts";
import { flagName } from "../../lib/core/command_line/option_table.ts";
import { inParallel } from "../support/in_parallel.ts";
import { allInvocations, loadScripts } from "./all_scripts.ts";
import { contractsSandbox, inEmptyHome, shebangCommand, titleOf } from "./contracts_sandbox.ts";

Deno.test("every malformed value is named, all in one line, with exit code 1", async () => {
  await inEmptyHome(async (run) => {
    await inParallel(await allInvocations(), async ({ name, words, command }) => {
      const options = Object.entries({ ...command.options, ...commonOptions })
        .filter(([option]) => !["help", "version"].includes(option));
      const args = options.map(([option, spec]) => `--${flagName(option)}=${malformed(spec)}`);

      const { code, stdout, stderr } = await run(name, [...words, ...args]);

      const title = titleOf({ name, words, command });
      assertEquals([code, stdout], [1, ""], title);
      assertMatch(stderr, /^Error: [^\n]+; see --help\n$/, title);
      for (const [option, { type }] of options) {
        const problem = type === "boolean" ? "takes no value" : "(needs a value|must be) ?.*";
        assertMatch(stderr, new RegExp(`--${flagName(option)} ${problem}`), title);
      }
    });
  });
});

function malformed(spec: OptionSpec): string {
  if (spec.type === "integer" || spec.type === "number") {
    return spec.min === undefined ? "many" : String(spec.min - 1);
  }
  if (spec.type === "duration") return "soon";
  if (spec.type === "boolean") return "maybe";
  return spec.type === "string" && spec.choices ? "nonsense" : "";
}

Deno.test("every flag that changes something has --dry-run beside it", async () => {
  const readers = ("status health failed ls monitor diagnose performance metrics " +
    "fetch search verify pending find validate-csv validate-environment test-error-handling")
    .split(" ");
  const reports = "completion doctor find-requests monitor-integrations show-config".split(" ");
  // It changes flows of its own alone, and a folder that it removes again.
  const exceptions = ["quickstart"];
  for (const { name, words, command } of await allInvocations()) {
    if (reports.includes(name) || exceptions.includes(name)) continue;
    if (readers.includes(words[0] ?? "")) continue;
    assert("dryRun" in command.options, [name, ...words].join(" "));
  }
});

Deno.test("--version, unknown words and unknown flags are answered alike by every script", async () => {
  await inEmptyHome(async (run) => {
    await inParallel(await loadScripts(), async ({ name, commands }) => {
      const [firstCommand = ""] = Object.keys(commands ?? {});
      const words = commands === undefined ? [] : [firstCommand];

      const version = await run(name, ["--version"]);
      const flag = await run(name, [...words, "--jsn", "--verson"]);
      const extra = await run(name, [...words, "--json", "--nonsense"]);
      const unknown = await run(name, [`${firstCommand}x`]);

      assertEquals(version.code, 0);
      assertMatch(version.stdout, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\n$`));
      assertEquals([flag.code, flag.stdout], [1, ""]);
      assertMatch(
        flag.stderr,
        /^Error: unknown option --jsn, did you mean --json\?; .*; see --help/,
      );
      assertStringIncludes(flag.stderr, "unknown option --verson, did you mean --version?");
      assertEquals(extra.code, 1);
      const document = Object(extra.json());
      const keys = ["status", "error", "error_type", "timestamp", "context"];
      assertEquals(Object.keys(document), keys);
      assertEquals([document.status, document.error_type], ["failed", "ValidationError"]);
      // A line of its own, wherever it comes in a stream of lines.
      assertEquals(extra.stdout.split("\n").length, 2);
      assertEquals(unknown.code, 1);
      if (commands !== undefined) {
        assertStringIncludes(
          unknown.stderr,
          `Error: unknown command "${firstCommand}x", did you mean ${firstCommand}?; commands are`,
        );
      }
    });
  });
});

Deno.test("a required option that is missing is named, and so is every other mistake", async () => {
  const all = (await allInvocations()).map(({ name, words, command }) => ({
    name,
    words,
    required: Object.entries(command.options)
      .flatMap(([option, spec]) => "required" in spec && spec.required ? [option] : []),
  }));
  await inEmptyHome(async (run) => {
    await inParallel(all.filter(({ required }) => required.length > 0), async (one) => {
      const { code, stderr } = await run(one.name, [...one.words, "--nonsense"]);

      assertEquals(code, 1);
      for (const option of one.required) assertStringIncludes(stderr, `--${flagName(option)} `);
      assertStringIncludes(stderr, "unknown option --nonsense");
      assertEquals(stderr.split("\n").length, 2);
    });
  });
});

Deno.test("an unknown environment is a configuration error of every command, in one line", async () => {
  await using sandbox = await contractsSandbox();
  await inParallel(await allInvocations(), async (invocation) => {
    const { code, stdout, stderr } = await sandbox.runExample(invocation, [], {
      ENVIRONMENT: "prod",
    });

    const title = titleOf(invocation);
    assertEquals(code, 2, title);
    // Telling of the configuration is their job, so that it is their result.
    const isResult = ["doctor", "show-config"].includes(title);
    assertMatch(
      isResult ? stdout : stderr,
      isResult
        ? /ENVIRONMENT must be .*: it is "prod"/
        : /^Error: .*ENVIRONMENT must be .*: it is "prod"; [^\n]+\n$/,
      title,
    );
    assertEquals(isResult ? stderr : stdout, "", title);
  });
});

Deno.test("a stdout that nobody reads ends every command quietly", async () => {
  await inParallel(await allInvocations(), async ({ name, words }) => {
    for (const args of [[...words, "--help"], [...words, "--nonsense", "--json"]]) {
      // The reader has gone long before the script has anything to say.
      const { stdout, stderr } = await shebangCommand(name, args, [
        "sh",
        "-c",
        '{ "$@"; echo "exit code $?" >&2; } | true',
        "sh",
      ]);

      const isHelp = args.includes("--help");
      assertEquals(stdout, "");
      const said = isHelp ? "exit code 0\n" : stderr.replace(/^Error: .*; see --help\n/, "");
      assertEquals(stderr.replace(/^Error: .*; see --help\n/, ""), said);
      assertMatch(said, isHelp ? /^exit code 0\n$/ : /^exit code 1\n$/);
    }
  });
});
