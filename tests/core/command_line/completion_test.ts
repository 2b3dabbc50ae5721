import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  completionScript,
  completionWords,
  type Deck,
  shells,
  taskWords,
} from "../../../lib/core/command_line/completion/mod.ts";
import {
  defineCommand,
  type OptionTable,
  type Script,
} from "../../../lib/core/command_line/mod.ts";
import { optionalTool } from "../../support/optional_tool.ts";
import { offeredWords, typedArguments } from "../../support/shells/shell_completions.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";

const hostileWords = [
  "$(touch hit)",
  "`touch hit`",
  "it's",
  "a b",
  "c;d",
  "e*",
  "[f]:g",
  'h"i',
  "j\\k",
];
const hostileText = '$(touch hit) `touch hit` it\'s [a]:b "c" \\d *\n; touch hit';

function commandOf(options: OptionTable, positionals?: string) {
  return defineCommand({
    summary: hostileText,
    ...(positionals === undefined ? {} : { positionals }),
    options,
    examples: [],
    permissions: () => Promise.resolve({ read: [] }),
    run: () => Promise.resolve(),
  });
}

const options = {
  file: { type: "string", placeholder: "FILE", description: hostileText },
  to: { type: "string", placeholder: "FOLDER", description: "Where to" },
  from: { type: "string", placeholder: "PATH", description: "On a server" },
  form: { type: "string", choices: hostileWords, description: "Which" },
  tag: { type: "strings", description: "May be repeated" },
  quick: { type: "boolean", short: "k", description: "Quickly" },
} as const;

// One option for each of the words, so that Tab has one thing to insert.
const wordOptions: OptionTable = Object.fromEntries(
  hostileWords.map((word, index) => [
    `word${index}`,
    { type: "string", choices: [word], description: hostileText },
  ]),
);

const many: Script = {
  name: "many",
  summary: "Many",
  permissions: [],
  commands: {
    "send-all": commandOf(options, "FILE …"),
    send: commandOf(options, "stats | get KEY"),
  },
};
const single: Script = {
  name: "single",
  summary: "One",
  permissions: [],
  command: commandOf({ ...options, ...wordOptions }),
};

function deckIn(folder: string): Deck {
  return {
    scripts: [many, single].map(completionWords),
    tasks: taskWords({
      single: { description: hostileText, command: "deno run -P=x scripts/single.ts" },
      "do:send": { command: "deno run -P=x scripts/many.ts send" },
      other: "true",
    }),
    folder,
  };
}

Deno.test("completionWords() reads flags, values and what stands without a flag", () => {
  const { start, commands } = completionWords(many);

  assertEquals(start.options.map(({ flags }) => flags[0]).slice(0, 2), ["--json", "--quiet"]);
  assertEquals(commands.map(({ name, positional }) => [name, positional]), [
    ["send-all", { kind: "file" }],
    ["send", { kind: "words", words: ["stats", "get"] }],
  ]);
  const values = commands[0]?.options.slice(0, 6).map(({ flags, value }) => [flags, value?.kind]);
  assertEquals(values, [
    [["--file"], "file"],
    [["--to"], "folder"],
    [["--from"], "text"],
    [["--form"], "words"],
    [["--tag"], "text"],
    [["--quick", "-k"], undefined],
  ]);
  assertEquals(completionWords(single).start.positional, undefined);
});

Deno.test("taskWords() finds the script and the words that a task stands for", () => {
  assertEquals(deckIn("/").tasks.map(({ name, words }) => [name, words]), [
    ["single", ["single"]],
    ["do:send", ["many", "send"]],
    ["other", []],
  ]);
});

function afterColon(line: string, word: string): string {
  return line.endsWith(":") ? word.slice(word.indexOf(":") + 1) : word;
}

for (const shell of shells) {
  const needs = [optionalTool(shell), optionalTool("python3")];
  const ignore = needs.some((need) => need.ignore);

  Deno.test({
    name: `completionScript() lets ${shell} offer commands, flags, values and tasks`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder("completion it's");
      const deck = deckIn(folder.path);
      const place = { shell, completion: completionScript(shell, deck), cwd: folder.path };
      const flags = ["--file", "--form", "--from"];
      const cases: [string, string[]][] = [
        ["many ", ["send", "send-all"]],
        ["many.ts send-", ["send-all"]],
        ["./scripts/many.ts --json send --f", flags],
        ["many send --quick --fi", ["--file"]],
        ["single --tag x --ta", ["--tag"]],
        ["many send ", ["get", "stats"]],
        ["many send stats ", []],
        ["many send --tag ", []],
        ["single ", []],
        ["deno task ", ["do:send", "other", "single"]],
        ["deno task do:", ["do:send"]],
        ["deno task -q do:send --fr", ["--from"]],
        ["deno task single --fr", ["--from"]],
      ];

      const offered = await offeredWords(place, cases.map(([line]) => line));

      for (const [index, [line, words]] of cases.entries()) {
        // Zsh offers the flags, too, where nothing else is left.
        const isFlags = /-\w*$/.test(line);
        const found = (offered[index] ?? [])
          .filter((word) => word.startsWith("-") ? isFlags : !word.startsWith("compopt +"));
        // Bash replaces only what follows a colon.
        const expected = shell === "bash" ? words.map((word) => afterColon(line, word)) : words;
        assertEquals(found.sort(), expected, `${shell}: ${line}`);
      }
    },
  });

  Deno.test({
    name: `completionScript() runs nothing of its texts in ${shell}, and inserts them whole`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder("completion");
      const place = {
        shell,
        completion: completionScript(shell, deckIn(folder.path)),
        cwd: folder.path,
      };

      const offered = await offeredWords(place, ["single --form ", "many ", "deno task "]);
      const given = await typedArguments(place, {
        command: "single",
        keys: `single${hostileWords.map((_, index) => ` --word${index} \t`).join("")}\n`,
      });

      assertEquals(offered.map(({ length }) => length), [hostileWords.length, 2, 3]);
      assertEquals(given.filter((word) => !word.startsWith("--word")), [...hostileWords]);
      assertEquals([...Deno.readDirSync(folder.path)], []);
    },
  });

  Deno.test({
    name: `completionScript() lets ${shell} complete files and folders with blanks`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder("completion");
      await Deno.writeTextFile(join(folder.path, "new records.csv"), "");
      await Deno.mkdir(join(folder.path, "out box"));
      const place = {
        shell,
        completion: completionScript(shell, deckIn(folder.path)),
        cwd: folder.path,
      };

      const given = await typedArguments(place, {
        command: "many",
        keys: "many send-a\t--fi\tnew\t --to o\t\n",
      });

      const bare = given.map((word) => word.replace(/\/$/, ""));
      assertEquals(bare.flatMap((word) => word.split("=")), [
        "send-all",
        "--file",
        "new records.csv",
        "--to",
        "out box",
      ]);
    },
  });
}
