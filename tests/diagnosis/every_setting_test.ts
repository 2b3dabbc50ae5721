import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { variableName } from "../../lib/core/mod.ts";
import type { Script } from "../../lib/core/command_line/mod.ts";
import {
  type EffectiveSetting,
  groupsOf,
  scriptSettings,
  type SettingGroupName,
} from "../../lib/diagnosis/mod.ts";
import { runScript } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const project = fromFileUrl(new URL("../..", import.meta.url));

/** Of each subject, settings that whoever loads it reads. */
const groupOfSubject: Readonly<Record<string, SettingGroupName>> = {
  queue: "queue_database",
  requests: "source_database",
  sftp: "sftp",
  jira: "jira",
  downloads: "downloads",
};

/** Variables of the machine that are no settings of opsdeck. */
const machine = ["HOME", "INIT_CWD", "DENO_DIR", "PATH", "SHELL"];

async function shownSettings(): Promise<EffectiveSetting[]> {
  await using home = await temporaryFolder("every-setting");
  const { stdout } = await runScript("show-config", ["--json"], {
    env: { HOME: home.path },
    cwd: home.path,
  });
  return JSON.parse(stdout).settings;
}

async function sourceFiles(folder: string): Promise<{ path: string; text: string }[]> {
  const files: { path: string; text: string }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(project, folder))) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await sourceFiles(path));
    else if (/\.ts$/.test(name)) {
      files.push({ path, text: await Deno.readTextFile(join(project, path)) });
    }
  }
  return files;
}

function isSetting(settings: readonly EffectiveSetting[], key: RegExp): boolean {
  return settings.some(({ variables }) => variables.some((name) => key.test(name)));
}

Deno.test("show-config knows every key that the library reads", async () => {
  const settings = await shownSettings();
  const files = [...await sourceFiles("lib"), ...await sourceFiles("scripts")];
  const readers = /\b(getVariable|getSecret|requireVariable|requireSecret|lookup)\(/;
  let keys = 0;

  for (const { path, text } of files) {
    if (!readers.test(text) || path.startsWith("lib/core/config/config_manager")) continue;
    const code = text.replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, "");
    for (const [, name = "", quote, key = ""] of code.matchAll(/(\w+)\(\s*(["`])([^"`\n]+)\2/g)) {
      const isReader = readers.test(`${name}(`);
      if (!isReader && !/^[A-Za-z]+(_[A-Za-z]+)+$/.test(key)) continue;
      const parts = quote === "`" ? key.split(/\$\{[^}]*\}/) : [key];
      const words = parts.map((part) => variableName(part)).join("\\w+");
      // A function of the file's own may add to the key.
      const pattern = new RegExp(isReader ? `_${words}$` : `_${words}(_\\w+)?$`);
      assert(isSetting(settings, pattern), `${path} reads "${key}", which show-config lacks`);
      keys++;
    }
  }

  assert(keys > 40, `only ${keys} keys were found`);
});

Deno.test("show-config knows every variable that the library reads by itself", async () => {
  const settings = await shownSettings();
  for (const { path, text } of [...await sourceFiles("lib"), ...await sourceFiles("scripts")]) {
    const direct = /(?:Deno\.env\.get\(|nonEmpty\(\w+, )"(\w+)"/g;
    for (const [, name = ""] of text.matchAll(direct)) {
      const isKnown = machine.includes(name) || isSetting(settings, new RegExp(`^${name}$`));
      assert(isKnown, `${path} reads ${name}, which show-config lacks`);
    }
  }
});

Deno.test("show-config knows every script, and every setting that its help names", async () => {
  const settings = await shownSettings();
  for await (const { name } of Deno.readDir(join(project, "scripts"))) {
    if (!name.endsWith(".ts")) continue;
    const { script }: { script: Script } = await import(`../../scripts/${name}`);
    const commands = [script.command, ...Object.values(script.commands ?? {})];
    const keys = commands.flatMap((command) => Object.values(command?.options ?? {}))
      .flatMap(({ configKey = "" }) => configKey.split(", ").filter((key) => key !== ""));
    const own = settings.filter(({ scripts }) => scripts.includes(script.name));
    for (const key of keys) {
      assert(isSetting(own, new RegExp(`_${key}$`)), `${script.name} reads ${key}`);
    }

    if (script.name === "doctor") continue;
    const text = await Deno.readTextFile(join(project, "scripts", name));
    for (const [, subject = ""] of text.matchAll(/import\("\.\.\/lib\/(\w+)\/mod\.ts"\)/g)) {
      const group = groupOfSubject[subject];
      const isNamed = group === undefined || groupsOf(script.name).includes(group);
      assert(isNamed, `scriptSettings lacks ${group} of ${script.name}, which loads ${subject}`);
    }
  }
});

Deno.test("scriptSettings names no script that is not there", async () => {
  const names = await Array.fromAsync(Deno.readDir(join(project, "scripts")), (e) => e.name);

  for (const script of Object.keys(scriptSettings)) {
    assert(names.includes(`${script}.ts`), script);
    assertEquals(new Set(groupsOf(script)).size, groupsOf(script).length);
  }
});

Deno.test(".env.example has every setting that show-config shows, and no other variable", async () => {
  const settings = await shownSettings();
  const text = await Deno.readTextFile(join(project, ".env.example"));
  const examples = [...text.matchAll(/^#?([A-Za-z_0-9]+)=(.*)$/gm)]
    .map(([, name = "", value = ""]) => [name, value] as const);

  await using home = await temporaryFolder("every-setting");
  const { stdout } = await runScript("show-config", ["--json"], {
    env: { ...Object.fromEntries(examples), OPSDECK_CONFIG: "", HOME: home.path },
    cwd: home.path,
  });

  for (const { name, variables } of settings) {
    // For a flow or a project the example may be another than for all.
    const [, key = name] = /^GLOBAL_(.*)$/.exec(variables.findLast(isGlobal) ?? "") ?? [];
    const pattern = new RegExp(`(^|_)${key}(_FILE)?$`);
    assert(examples.some(([example]) => pattern.test(example)), `.env.example lacks ${name}`);
  }
  assertEquals(JSON.parse(stdout).unread, []);
});

function isGlobal(variable: string): boolean {
  return variable.startsWith("GLOBAL_");
}
