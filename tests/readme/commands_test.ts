import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { notRunHere } from "./not_run_here.ts";
import { readBlocks, readCommands, readmePath } from "./readme_blocks.ts";
import { checkCall, findCalls, findCommand, loadScript } from "./script_calls.ts";
import { sectionsOf } from "./sections.ts";

const markdown = await Deno.readTextFile(readmePath);
const blocks = readBlocks(markdown);
const commands = blocks.flatMap((block) =>
  readCommands(block).map((command) => ({ ...command, section: block.section }))
);

Deno.test("README: every command is run by a test, or is in the list of those that cannot be", () => {
  const run = new Set<string>(Object.values(sectionsOf).flat());

  const homeless = commands
    .filter(({ text, section }) => !run.has(section) && !Object.hasOwn(notRunHere, text))
    .map(({ text, line }) => `README.md:${line}: ${text}`);
  const gone = Object.keys(notRunHere)
    .filter((text) => !commands.some((command) => command.text === text));

  assertEquals(homeless, []);
  assertEquals(gone, [], "listed as not run, and not in README.md");
});

Deno.test("README: every command is one that bash can read", async () => {
  const script = commands.map(({ text }) => text).join("\n");
  const child = new Deno.Command("/bin/bash", { args: ["-n"], stdin: "piped", stderr: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(script));
  await writer.close();

  const { code, stderr } = await child.output();

  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

Deno.test("README: every call of a script has a command and options that the script has", async () => {
  const lines = [
    ...commands.map(({ text, line }) => ({ text, line })),
    ...blocks.flatMap(otherCalls),
  ];
  const problems: string[] = [];
  let calls = 0;
  for (const { text, line } of lines) {
    try {
      for (const call of findCalls(text)) {
        calls++;
        await checkCall(call);
      }
    } catch (error) {
      problems.push(`README.md:${line}: ${text}: ${error}`);
    }
  }

  assertEquals(problems, []);
  assert(calls > 60, `only ${calls} calls were found`);
});

/** Calls in schedules and in what is printed as the next thing to run. */
function otherCalls({ language, text, line }: (typeof blocks)[number]) {
  if (language !== "crontab") return [];
  return text.split("\n").flatMap((entry, index) => {
    const [, command] = /^(?:\S+\s+){5}(.*)$/.exec(entry) ?? [];
    return command === undefined || entry.includes("=/") ? [] : [
      { text: command, line: line + 1 + index },
    ];
  });
}

Deno.test("README: the table of scripts has every script, its commands and its tasks", async () => {
  const { tasks }: { tasks: Record<string, string | { command?: string }> } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  const [, section = ""] = /\n## Scripts\n(.*?)\n## /s.exec(markdown) ?? [];
  const rows = new Map(
    section.split("\n").filter((line) => /^\| `/.test(line)).map((line) => {
      const [, script = "", what = "", task = ""] = line.split(/(?<!\\)\|/).map((cell) =>
        cell.trim()
      );
      return [script.replaceAll("`", ""), { what, task }];
    }),
  );
  const names = [...Deno.readDirSync(new URL("../../scripts/", import.meta.url))]
    .map(({ name }) => name.replace(/\.ts$/, "")).sort();

  assertEquals([...rows.keys()].sort(), names);
  for (const name of names) {
    const { what = "", task = "" } = rows.get(name) ?? {};
    const { commands: table } = await loadScript(name);
    for (const command of Object.keys(table ?? {})) {
      assertStringIncludes(what, `\`${command}\``, name);
    }
    const own = Object.entries(tasks).flatMap(([task, value]) =>
      (typeof value === "string" ? value : value.command ?? "").includes(`scripts/${name}.ts`)
        ? [task]
        : []
    );
    for (const word of own.filter((word) => !word.startsWith("db:ensure"))) {
      assertStringIncludes(task, `\`${word}\``, name);
    }
  }
});

Deno.test("README: a call of an option that a script does not have is found", async () => {
  const [call] = findCalls("cd /x && deno task -q queue add --flow x --nonsense | cat");
  const other = findCalls("ENVIRONMENT=test ./scripts/rerun.ts 1 2 --reason 'a b' > out; true");

  assertEquals(call, { script: "queue", args: ["add", "--flow", "x", "--nonsense"] });
  assertEquals(other, [{ script: "rerun", args: ["1", "2", "--reason", "a b"] }]);
  const queue = await loadScript("queue");
  assertEquals(findCommand(queue, ["add", "--x"]).args, ["--x"]);
  let message = "";
  await checkCall(call ?? { script: "", args: [] }).catch((error) => message = String(error));
  assertStringIncludes(message, "unknown option --nonsense");
});
