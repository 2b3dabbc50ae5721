import { assert, assertEquals } from "@std/assert";
import parseArgv from "string-argv";
import { commonOptions } from "../../lib/core/command_line/common_options.ts";
import { flagName } from "../../lib/core/command_line/option_table.ts";
import { type FaceSymbol, readFace } from "./face_symbols.ts";
import { readmePath } from "./readme_blocks.ts";
import { loadScript } from "./script_calls.ts";

const markdown = await Deno.readTextFile(readmePath);
const example = await Deno.readTextFile(new URL("../../.env.example", import.meta.url));
const [, moving = ""] = /\n## Moving from another system\n(.*?)\n## /s.exec(markdown) ?? [];
const scripts = [...Deno.readDirSync(new URL("../../scripts/", import.meta.url))]
  .map(({ name }) => name.replace(/\.ts$/, ""));

type Face = Map<string, FaceSymbol>;

/** Tells what is wrong with a piece of code in the right-hand column; nothing if all is there. */
async function problemOf(code: string, face: Face): Promise<string | undefined> {
  const [word = ""] = code.split(" ", 1);
  if (scripts.includes(word)) return await problemOfCall(code);
  if (/^[A-Z][A-Z_]+$/.test(code)) {
    return new RegExp(`(^#?|_)${code}(_FILE)?=`, "m").test(example) ? undefined : "no setting";
  }
  const [, name = "", member, list, fields] =
    /^(\w+)(?:\.(\w+))?(?:\(([^)]*)\))?(?: \{ (.*) \})?$/.exec(code) ?? [];
  const symbol = face.get(name);
  if (symbol === undefined) return "not exported";
  const has = (field: string) => hasProperty(symbol, field, face);
  if (fields !== undefined) {
    const missing = fields.split(", ").filter((field) => !has(field));
    return missing.length > 0 ? `without ${missing.join(", ")}` : undefined;
  }
  if (member !== undefined && list === undefined) {
    return has(member) ? undefined : `without ${member}`;
  }
  const real = member === undefined ? symbol.parameters : symbol.methods.get(member);
  if (real === undefined) return `without the method ${member}`;
  const told = (list ?? "").split(", ").filter((name) => name !== "");
  return told.every((name, at) => real[at] === name)
    ? undefined
    : `its parameters are ${real.join(", ")}`;
}

/** Properties of its own, or of what it is made from, as far as the face exports that. */
function hasProperty(symbol: FaceSymbol, field: string, face: Face, depth = 0): boolean {
  if (symbol.properties.has(field) || symbol.methods.has(field)) return true;
  return depth < 3 && symbol.parents.some((parent) => {
    const known = face.get(parent);
    return known !== undefined && hasProperty(known, field, face, depth + 1);
  });
}

/** `queue add --flow --file`: the script, its command, and options by their names alone. */
async function problemOfCall(code: string): Promise<string | undefined> {
  const [name = "", ...words] = parseArgv(code);
  const script = await loadScript(name);
  const [first = ""] = words;
  const command = script.command ?? script.commands?.[first];
  if (command === undefined) return `no command "${first}"`;
  const flags = Object.keys({ ...command.options, ...commonOptions })
    .map((option) => `--${flagName(option)}`);
  const rest = script.command === undefined ? words.slice(1) : words;
  const unknown = rest.filter((word) => !flags.includes(word));
  return unknown.length === 0 ? undefined : `no ${unknown.join(", ")}`;
}

/** The cells of a line of a table; `\|` does not part them. */
function cellsOf(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}

const sections = moving.split("\n### ").slice(1).filter((text) => text.startsWith("From "));

Deno.test("README: every name in the tables of moving exists here as they say", async () => {
  const problems: string[] = [];
  let count = 0;
  for (const section of sections) {
    const [title = ""] = section.split("\n", 1);
    const [, introduction = ""] = /^All of (.*?)\./ms.exec(section) ?? [];
    const faces = await Promise.all(
      [...section.matchAll(/`(lib\/\w+\/mod\.ts)`/g)].map(([, path = ""]) => readFace(path)),
    );
    assert(faces.length > 0, `${title}: ${introduction}`);
    const face: Face = new Map(faces.flatMap((symbols) => [...symbols]));
    for (const line of section.split("\n").filter((line) => /^\| (?!there|-)/.test(line))) {
      const [there = "", here = ""] = cellsOf(line);
      const codes = [...here.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code ?? []);
      for (const code of codes.filter((code) => !notNames.has(code))) {
        count++;
        const problem = await problemOf(code, face);
        if (problem !== undefined) problems.push(`${title}: ${there} | ${code}: ${problem}`);
      }
    }
  }

  assertEquals(sections.length, 5);
  assert(count > 200, `only ${count} names were found`);
  assertEquals(problems, []);
});

/** Code in the right-hand column that names nothing of opsdeck's. */
const notNames = new Set([
  "await using",
  "status",
  "report",
  "metrics",
  "alerts",
  "opsdeck.toml",
  "SurveyHub",
]);

Deno.test("README: a name that does not exist is found in the tables of moving", async () => {
  const face = await readFace("lib/queue/mod.ts");

  assertEquals(
    await problemOf("DistributedProcessor.claimRecordsBatch(flowName, batchSize)", face),
    undefined,
  );
  assertEquals(
    await problemOf("DistributedProcessor.claimBatch(flowName)", face),
    "without the method claimBatch",
  );
  assertEquals(await problemOf("migrateTheQueue(database)", face), "not exported");
  assertEquals(await problemOf("QueueStatus { total_records, total }", face), "without total");
  assertEquals(await problemOf("queue add --flow --files", face), "no --files");
  assertEquals(await problemOf("queue ad --flow", face), 'no command "ad"');
  assertEquals(await problemOf("NO_SUCH_SETTING", face), "no setting");
  assertEquals(
    await problemOf("migrateQueue(isDryRun)", face),
    "its parameters are database, isDryRun, signal",
  );
});
