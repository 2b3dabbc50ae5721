/** Completion for fish: one `complete` line a word, told apart by conditions. */

import type { CommandWords, OptionWords, ScriptWords, ValueWords } from "./completion_words.ts";
import type { Deck } from "./task_words.ts";

/** Writes the completion script of fish. */
export function fishCompletion({ scripts, tasks, folder }: Deck): string {
  return [
    "# Completion of opsdeck's scripts for fish; made by: deno task completion fish",
    engine,
    ...scripts.map(scriptLines),
    ...(tasks.length === 0 ? [] : [denoLines({ scripts, tasks, folder })]),
  ].join("\n\n") + "\n";
}

const engine = `# Tells whether the script's command, the first word without a dash, is this one.
function __opsdeck_at
    set -l words (commandline -opc)[2..]
    set -l plain (string match -v -- '-*' $words)
    test "$plain[1]" = "$argv[1]"
end

# Tells whether nothing but flags came after the command (or the script, when it has no commands).
function __opsdeck_first
    set -l words (commandline -opc)[2..]
    test (count (string match -v -- '-*' $words)) -eq $argv[1]
end`;

function scriptLines({ name, start, commands }: ScriptWords): string {
  const begin = `complete -c ${fishQuote(name)} -c ${fishQuote(`${name}.ts`)}`;
  const isSingle = commands.length === 0;
  const lines = [`${begin} -e`, `${begin} -f`];
  if (isSingle) return [...lines, ...commandLines(begin, "", start, 0)].join("\n");
  const none = ` -n ${fishQuote(`__opsdeck_at ''`)}`;
  lines.push(
    ...commands.map(({ name, summary }) =>
      `${begin}${none} -a ${fishQuote(fishQuote(name))} -d ${fishQuote(summary)}`
    ),
  );
  lines.push(...start.options.map((option) => optionLine(`${begin}${none}`, option)));
  for (const command of commands) {
    const at = `__opsdeck_at ${fishQuote(command.name)}`;
    lines.push(...commandLines(begin, at, command, 1));
  }
  return lines.join("\n");
}

function commandLines(
  begin: string,
  at: string,
  { options, positional }: CommandWords,
  wordsBefore: number,
): string[] {
  const lines = options.map((option) => optionLine(`${begin}${condition(at)}`, option));
  if (positional?.kind === "words") {
    const first = [at, `__opsdeck_first ${wordsBefore}`].filter((one) => one !== "").join("; and ");
    lines.push(`${begin}${condition(first)}${values(positional)}`);
  } else if (positional?.kind === "file" || positional?.kind === "folder") {
    lines.push(`${begin}${condition(at)}${values(positional)}`);
  }
  return lines;
}

function condition(test: string): string {
  return test === "" ? "" : ` -n ${fishQuote(test)}`;
}

function optionLine(begin: string, { flags, description, value }: OptionWords): string {
  const names = flags.map((flag) =>
    flag.startsWith("--") ? ` -l ${fishQuote(flag.slice(2))}` : ` -s ${fishQuote(flag.slice(1))}`
  );
  const wanted = value === undefined ? "" : ` -r${value.kind === "text" ? " -f" : values(value)}`;
  return `${begin}${names.join("")}${wanted} -d ${fishQuote(description)}`;
}

function values(value: ValueWords): string {
  if (value.kind === "file") return " -F";
  if (value.kind === "folder") return ` -f -a '(__fish_complete_directories)'`;
  // Fish reads what -a is given as words of its own, so each is quoted in it too.
  const words = value.kind === "words" ? value.words.map(fishQuote).join(" ") : "";
  return ` -f -a ${fishQuote(words)}`;
}

function denoLines({ tasks, folder }: Deck): string {
  const scriptTasks = tasks.filter(({ words }) => words.length > 0);
  const withScripts = scriptTasks.map(({ name }) => fishQuote(name)).join(" ");
  const cases = scriptTasks.map(({ name, words }) =>
    `        case ${fishQuote(name)}\n            set words ${words.map(fishQuote).join(" ")}`
  );
  const names = tasks.map(({ name, description }) =>
    `complete -c deno -n __opsdeck_task_name -f -a ${fishQuote(fishQuote(name))}` +
    (description === "" ? "" : ` -d ${fishQuote(description)}`)
  );
  return `# The words after "deno task", without its flags; fails elsewhere.
function __opsdeck_task_words
    string match -q -- ${fishQuote(`${globQuote(folder)}/*`)} $PWD/; or return
    set -l words (commandline -opc)
    test "$words[2]" = task; or return
    set -e words[1..2]
    while string match -q -- '-*' "$words[1]"
        set -e words[1]
    end
    set -q words[1]; and printf '%s\\n' $words; or true
end

function __opsdeck_task_name
    set -l given (__opsdeck_task_words); and test (count $given) -eq 0
end

function __opsdeck_task_is_script
    contains -- (__opsdeck_task_words)[1] ${withScripts}
end

# The completions of the script that a task runs, asked for by its own name.
function __opsdeck_task_arguments
    set -l given (__opsdeck_task_words); or return
    set -l words
    switch "$given[1]"
${cases.join("\n")}
        case '*'
            return
    end
    complete -C (string join -- ' ' (string escape -- $words $given[2..]) (commandline -ct))
end

${names.join("\n")}
complete -c deno -n __opsdeck_task_is_script -f -a '(__opsdeck_task_arguments)'`;
}

/** Gives a word that fish reads as it is: in its single quotes a backslash escapes two characters. */
function fishQuote(word: string): string {
  return /^[\w-]+$/.test(word) ? word : `'${word.replace(/[\\']/g, "\\$&")}'`;
}

// In a pattern of `string match`, these are wildcards.
function globQuote(text: string): string {
  return text.replace(/[\\*?]/g, "\\$&");
}
