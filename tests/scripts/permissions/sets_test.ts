import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { readSettingsReport } from "../../../lib/diagnosis/mod.ts";
import { projectFolder, scriptNames } from "../all_scripts.ts";
import { declaredPermissions, listsOf, tableCells } from "./declared.ts";

const declared = await declaredPermissions();

Deno.test("every script has a permission set of its own, which is narrow", () => {
  for (const { name, set } of declared) {
    assert(set !== undefined, `${name} has no permission set of its own`);
    assertEquals(set.env?.ignore, true, `${name}: variables that are not listed read as unset`);
    for (const variable of set.env?.allow ?? []) {
      assertMatch(variable, /^[A-Za-z_]{3,}\*?$/, `${name} may read ${variable}`);
    }
    // Where nothing is listed, Deno loads modules from several hosts without asking for `net`.
    assertEquals(set.import, ["none.invalid"], `${name}: modules from the network`);
    for (const kind of ["run", "ffi", "read", "write"] as const) {
      assertEquals(set[kind], undefined, `${name}: ${kind} in its set`);
    }
  }
});

Deno.test("shebang, tasks and permission set of every script agree", () => {
  for (const { name, shebang, tasks } of declared) {
    const line = shebang.join(" ");
    assertMatch(line, /^#!\/usr\/bin\/env -S deno run -q --no-prompt --env-file -P=\S+ /);
    assert(line.length <= 254, `${name}: Linux reads 255 bytes of a first line`);
    const { mode } = Deno.statSync(join(projectFolder, "scripts", `${name}.ts`));
    assert((mode ?? 0) & 0o111, `${name}.ts cannot be executed`);
    assert(tasks.size > 0, `${name} has no task`);
    for (const words of [shebang, ...tasks.values()]) {
      assertEquals(words.filter((word) => word.startsWith("-P")), [`-P=${name}`]);
      for (const word of words) {
        assert(
          !/^(-A|--allow-(all|ffi|env|net|sys|import)\b.*|--allow-(run|read|write))$/.test(word),
        );
      }
      for (const place of Object.values(listsOf(words)).flat()) {
        assert(
          !["", "/", "<home>", "/etc", "/var"].includes(place),
          `${name} may reach "${place}"`,
        );
      }
    }
    for (const [task, words] of tasks) {
      assertEquals(taskLists(words), shebangLists(shebang), `${name} and its task ${task}`);
    }
  }
});

Deno.test("no script but database may write the programs that database runs", () => {
  const programs = "<home>/.local/state/opsdeck/postgresql";
  for (const { name, shebang, tasks } of declared) {
    if (name === "database") continue;
    for (const words of [shebang, ...tasks.values()]) {
      const { write, deniedWrite } = listsOf(words);
      const holders = write.filter((place) => isWithin(programs, place));
      assert(
        holders.length === 0 || deniedWrite.some((place) => isWithin(programs, place)),
        `${name} may write ${programs} as it is in ${holders.join()}`,
      );
      assertEquals(write.filter((place) => isWithin(place, programs)), [], name);
    }
  }
});

function isWithin(place: string, folder: string): boolean {
  return place === folder || place.startsWith(`${folder}/`);
}

// A task runs in the project's folder, and the quick start's files are there.
function shebangLists(words: readonly string[]) {
  return mapValues(words, (value) => [value.replace("<caller>/tests/", "tests/")]);
}

// PostgreSQL refuses to run as root; tasks know the folder where it then lives.
function taskLists(words: readonly string[]) {
  return mapValues(words, (value) => value.startsWith("/var/lib/opsdeck") ? [] : [value]);
}

function mapValues(words: readonly string[], change: (value: string) => string[]) {
  return Object.entries(listsOf(words)).map(([kind, values]) => [kind, values.flatMap(change)]);
}

/** Scripts that are told the name of a flow, a profile or a project. */
const freeScopes = ["claim-batch", "jira-batch", "poll-sftp", "queue", "sftp-files"];

/** Read along with others, and of no use to these scripts. */
const useless: Record<string, RegExp> = {
  "bulk-download": /_API_SECRET$/,
  "database": /_DB_(USER|PASSWORD)$/,
  "download-files": /_API_SECRET$/,
  "refresh-districts": /_API_SECRET$/,
  "restore-files": /_API_SECRET$/,
};

Deno.test("every setting that a script reads is one that its permission set lets it read", async () => {
  const free = await readSettingsReport({
    scopes: { flow: "some_flow", profile: "some_profile", project: "some_project" },
  });
  const fixed = await readSettingsReport({ scopes: { project: "district_123" } });

  const unreadable = scriptNames.flatMap((script) =>
    (freeScopes.includes(script) ? free : fixed).settings
      // Where the state is, is of use to those alone who keep some.
      .filter(({ group }) => group !== "place")
      .filter(({ scripts }) => scripts.length === 0 || scripts.includes(script))
      .filter(({ name }) => !useless[script]?.test(name))
      .flatMap(({ variables }) => variables.flatMap(inEveryEnvironment))
      .filter((variable) => !isReadable(script, variable))
      .map((variable) => `${script}: ${variable}`)
  );

  assert(free.settings.length > 50);
  assertEquals(unreadable, []);
});

function inEveryEnvironment(variable: string): string[] {
  const [, rest] = /^(?:DEVELOPMENT|TEST|STAGING|PRODUCTION)_(.*)$/.exec(variable) ?? [];
  if (rest === undefined) return [variable];
  return ["DEVELOPMENT", "TEST", "STAGING", "PRODUCTION"].map((name) => `${name}_${rest}`);
}

function isReadable(script: string, variable: string): boolean {
  const { allow = [], deny = [] } = declared.find(({ name }) => name === script)?.set?.env ?? {};
  const names = (list: string[]) =>
    list.some((one) =>
      one.endsWith("*") ? variable.startsWith(one.slice(0, -1)) : variable === one
    );
  return names(allow) && !names(deny);
}

Deno.test("every script has a job that is proved to be done by its permissions", async () => {
  const texts = await Promise.all(
    (await Array.fromAsync(Deno.readDir(import.meta.dirname ?? ".")))
      .filter(({ name }) => name.endsWith("_jobs_test.ts"))
      .map(({ name }) => Deno.readTextFile(join(import.meta.dirname ?? ".", name))),
  );
  const proved = texts.flatMap((text) => [...text.matchAll(/script: "([\w-]+)"/g)])
    .map(([, name = ""]) => name);

  assertEquals([...new Set(proved)].sort(), [...scriptNames]);
});

Deno.test("the README's table of permissions is what the sets and the first lines say", async () => {
  const readme = await Deno.readTextFile(join(projectFolder, "README.md"));
  const rows = readme.split("\n").map((line) => line.split("|").slice(1, -1).map((c) => c.trim()));
  const start = rows.findIndex((row) =>
    row.join() === ["script", "network", "reads", "writes", "runs"].join()
  );
  assert(start >= 0, "README.md has no table: script, network, reads, writes, runs");
  const length = rows.slice(start).findIndex((row) => row.length === 0);
  const told = new Map(
    rows.slice(start + 2, start + length).flatMap(([names = "", ...cells]) =>
      [...names.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => [name, cells] as const)
    ),
  );

  assertEquals([...told.keys()].sort(), declared.map(({ name }) => name).sort());
  for (const one of declared) assertEquals(told.get(one.name), tableCells(one), one.name);
});
