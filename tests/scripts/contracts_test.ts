import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { flagName } from "../../lib/core/command_line/option_table.ts";
import type { AnyCommand, Script } from "../../lib/core/command_line/mod.ts";
import { runScript, scriptPath } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const folder = join(scriptPath("queue"), "..");
const names = [...Deno.readDirSync(folder)]
  .flatMap(({ name }) => name.endsWith(".ts") ? [name.slice(0, -3)] : [])
  .sort();

async function load(name: string): Promise<Script> {
  const { script } = await import(`../../scripts/${name}.ts`);
  return script;
}

/** Every script and every command: the words after `deno run`, and what they declare. */
async function invocations(): Promise<{ name: string; words: string[]; command: AnyCommand }[]> {
  const all = await Promise.all(names.map(async (name) => {
    const script = await load(name);
    const single = script.command ? [{ name, words: [], command: script.command }] : [];
    const many = Object.entries(script.commands ?? {})
      .map(([word, command]) => ({ name, words: [word], command }));
    return [...single, ...many];
  }));
  return all.flat();
}

/** Runs with an empty home, so that nothing of this machine's configuration is met. */
async function inEmptyHome<T>(
  work: (run: (name: string, args: string[]) => ReturnType<typeof runScript>) => Promise<T>,
): Promise<T> {
  await using home = await temporaryFolder("contracts");
  return await work((name, args) =>
    runScript(name, args, { env: { HOME: home.path }, cwd: home.path })
  );
}

Deno.test("--help shows usage, examples, every option, exit codes and permissions, and exits 0", async () => {
  const all = await invocations();
  await inEmptyHome(async (run) => {
    for (const { name, words, command } of all) {
      const title = [name, ...words].join(" ");

      const { code, stdout, stderr } = await run(name, [...words, "--help"]);

      assertEquals([code, stderr], [0, ""], title);
      for (const section of ["Usage", "Examples", "Options", "Exit codes", "Permissions"]) {
        assertStringIncludes(stdout, `\n${section}:\n`);
      }
      const [, examples = ""] = /\nExamples:\n(.*?)\n\n/s.exec(stdout) ?? [];
      assertEquals(examples.split("\n").length, 2, `${title} has two examples`);
      for (const example of examples.split("\n")) assertStringIncludes(example, `  ${title}`);
      const common = ["json", "quiet", "verbose", "printPermissions", "help", "version"];
      for (const option of [...Object.keys(command.options), ...common]) {
        assertMatch(stdout, new RegExp(`\\n\\s+(-\\w, )?--${flagName(option)}( |\\n)`), title);
      }
      for (const exitCode of ["0 ", "1 ", "2 ", "3 ", "4 ", "130, 143 "]) {
        assertStringIncludes(stdout, `\n  ${exitCode}`);
      }
    }
  });
});

Deno.test("every flag that changes something has --dry-run beside it", async () => {
  const readers =
    ("status health failed ls monitor diagnose performance metrics start stop ensure " +
      "fetch search verify pending find validate-csv validate-environment test-error-handling")
      .split(" ");
  for (const { name, words, command } of await invocations()) {
    if (["quickstart", "find-requests", "monitor-integrations"].includes(name)) continue;
    if (readers.includes(words[0] ?? "")) continue;
    assert("dryRun" in command.options, [name, ...words].join(" "));
  }
});

Deno.test("a script with commands lists them, without a command and with --help", async () => {
  await inEmptyHome(async (run) => {
    for (const name of names) {
      const { commands } = await load(name);
      if (commands === undefined) continue;

      const [bare, help, short] = await Promise.all([
        run(name, []),
        run(name, ["--help"]),
        run(name, ["-h"]),
      ]);

      assertEquals([bare.code, help.code, bare.stderr], [0, 0, ""]);
      assertEquals([bare.stdout, short.stdout], [help.stdout, help.stdout]);
      for (const [word, { summary }] of Object.entries(commands)) {
        assertMatch(help.stdout, new RegExp(`\\n  ${word} +${summary.replace(/\W/g, ".")}\\n`));
      }
    }
  });
});

Deno.test("--version, unknown words and unknown flags are answered alike by every script", async () => {
  await inEmptyHome(async (run) => {
    for (const name of names) {
      const { commands } = await load(name);
      const [firstCommand = ""] = Object.keys(commands ?? {});
      const words = commands === undefined ? [] : [firstCommand];

      const [version, flag, extra, unknown] = await Promise.all([
        run(name, ["--version"]),
        run(name, [...words, "--jsn", "--verson"]),
        run(name, [...words, "--json", "--nonsense"]),
        run(name, [`${firstCommand}x`]),
      ]);

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
      assertEquals(Object.keys(document), [
        "status",
        "error",
        "error_type",
        "timestamp",
        "context",
      ]);
      assertEquals([document.status, document.error_type], ["failed", "ValidationError"]);
      assertEquals(unknown.code, 1);
      if (commands !== undefined) {
        assertStringIncludes(
          unknown.stderr,
          `Error: unknown command "${firstCommand}x", did you mean ${firstCommand}?; commands are`,
        );
      }
    }
  });
});

Deno.test("a required option that is missing is named, and so is every other mistake", async () => {
  const all = await invocations();
  await inEmptyHome(async (run) => {
    for (const { name, words, command } of all) {
      const required = Object.entries(command.options)
        .flatMap(([option, spec]) => "required" in spec && spec.required ? [option] : []);
      if (required.length === 0) continue;

      const { code, stderr } = await run(name, [...words, "--nonsense"]);

      assertEquals(code, 1);
      for (const option of required) assertStringIncludes(stderr, `--${flagName(option)} `);
      assertStringIncludes(stderr, "unknown option --nonsense");
      assertEquals(stderr.split("\n").length, 2);
    }
  });
});

Deno.test("an unknown environment is a configuration error of every command, in one line", async () => {
  await using home = await temporaryFolder("contracts");
  const env = { HOME: home.path, ENVIRONMENT: "prod" };
  const cases: [string, string[]][] = [
    ["queue", ["status"]],
    ["queue", ["add", "--flow", "x"]],
    ["claim-batch", ["--flow", "x", "--exec", "true"]],
    ["database", ["status"]],
    ["track-downloads", ["status"]],
    ["track-downloads", ["run"]],
  ];
  for (const [name, args] of cases) {
    const { code, stderr } = await runScript(name, args, { env, cwd: home.path, stdin: "a\n1\n" });

    assertEquals(code, 2, `${name} ${args.join(" ")}`);
    assertMatch(stderr, /^Error: .*ENVIRONMENT must be .*: it is "prod"; [^\n]+\n$/);
  }
});

Deno.test("no output carries colour where it is not a terminal", async () => {
  await inEmptyHome(async (run) => {
    for (const name of names) {
      const { stdout } = await run(name, ["--help"]);
      // deno-lint-ignore no-control-regex -- the beginning of a colour sequence
      assert(!/\x1b/.test(stdout));
    }
  });
});

interface ModuleGraph {
  roots: string[];
  modules: { specifier: string; dependencies?: Dependency[] }[];
}

interface Dependency {
  specifier: string;
  isDynamic?: boolean;
  code?: { specifier?: string };
}

/** Everything that is loaded before a script's first line runs. */
function loadedAtStart(graph: ModuleGraph): Set<string> {
  const modules = new Map(graph.modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const waiting = [...graph.roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { isDynamic, code } of modules.get(next)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  return loaded;
}

Deno.test("a script loads neither driver nor logger nor subject before it knows that it needs them", async () => {
  for (const name of names) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", scriptPath(name)],
      cwd: join(folder, ".."),
    }).output();

    const loaded = [...loadedAtStart(JSON.parse(new TextDecoder().decode(stdout)))];

    assert(loaded.length > 1, name);
    const heavy = loaded.filter((specifier) =>
      /^npm:(?!deno-std@)|node:sqlite|\/lib\/(?!core\/)\w+\//.test(specifier)
    );
    assertEquals(heavy, [], name);
  }
});
