import { assert, assertEquals } from "@std/assert";
import { parseConfigFile } from "../../lib/core/config/parse_config_file.ts";
import { readBlocks, readmePath } from "./readme_blocks.ts";

const markdown = await Deno.readTextFile(readmePath);
const example = await Deno.readTextFile(new URL("../../.env.example", import.meta.url));

/** The names in the first column of tables whose head begins with `key`. */
function settingKeys(): string[] {
  const keys: string[] = [];
  let isTable = false;
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("|")) isTable = false;
    else if (/^\| key /.test(line)) isTable = true;
    else if (isTable) {
      const [, cell = ""] = line.split("|");
      keys.push(...[...cell.matchAll(/`([A-Z][A-Z_]+)`/g)].flatMap(([, key]) => key ?? []));
    }
  }
  return keys;
}

Deno.test("README: every setting in its tables is in .env.example, and the other way round", () => {
  const keys = settingKeys();
  const names = [...example.matchAll(/^#?([A-Z][A-Za-z_0-9]*)=/gm)].flatMap(([, name]) =>
    name ?? []
  );

  const unknown = keys.filter((key) =>
    !names.some((name) => name === key || name.endsWith(`_${key}`) || name.endsWith(`_${key}_FILE`))
  );
  const untold = names.filter((name) =>
    !keys.some((key) => name === key || name.endsWith(`_${key}`) || name.endsWith(`_${key}_FILE`))
  );

  assert(keys.length > 50, `only ${keys.length} settings were found`);
  assertEquals(unknown, [], "not in .env.example");
  assertEquals(untold, [], "not in README.md");
});

Deno.test("README: settings files and variables shown are such that opsdeck reads", () => {
  const blocks = readBlocks(markdown);
  const variables = blocks.filter(({ language }) => language === "env")
    .flatMap(({ text }) => text.split("\n")).filter((line) => line !== "");

  for (const { text } of blocks.filter(({ language }) => language === "toml")) {
    assert(parseConfigFile(text).size > 0);
  }
  assert(variables.length > 0);
  for (const line of variables) {
    const [, key = ""] = /^(?:DEVELOPMENT|PRODUCTION)_[A-Z]+_((?:SFTP|JIRA)_\w+)=\S+$/.exec(line) ??
      [];
    assert(key !== "" && example.includes(`_${key}=`), line);
  }
});
