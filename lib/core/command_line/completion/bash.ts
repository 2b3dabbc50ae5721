/** Completion for bash: the scripts' words as case tables, and an engine that walks the line. */

import { bashEngine } from "./bash_engine.ts";
import type { CommandWords, ScriptWords, ValueWords } from "./completion_words.ts";
import { quote } from "./quote.ts";
import type { Deck } from "./task_words.ts";

/** Writes the completion script of bash. */
export function bashCompletion({ scripts, tasks, folder }: Deck): string {
  const names = scripts.flatMap(({ name }) => [name, `${name}.ts`]);
  const taskCases = tasks
    .filter(({ words }) => words.length > 0)
    .map(({ name, words }) => [quote(name), `task=(${words.map(quote).join(" ")})`]);
  return [
    "# Completion of opsdeck's scripts for bash; made by: deno task completion bash",
    table("_opsdeck_commands", scripts.filter(hasCommands).map(commandsCase)),
    table("_opsdeck_options", scripts.flatMap((script) => each(script, optionsCase))),
    table("_opsdeck_value", valueCases(scripts)),
    table("_opsdeck_task", taskCases),
    bashEngine,
    `_opsdeck_folder=${quote(folder)}`,
    `_opsdeck_tasks=(${tasks.map(({ name }) => quote(name)).join(" ")})`,
    `complete -F _opsdeck ${names.map(quote).join(" ")}`,
    ...(tasks.length === 0 ? [] : [beforeDeno]),
  ].join("\n\n") + "\n";
}

function hasCommands({ commands }: ScriptWords): boolean {
  return commands.length > 0;
}

function commandsCase({ name, commands }: ScriptWords): string[] {
  return [quote(name), `commands=(${commands.map((command) => quote(command.name)).join(" ")})`];
}

function each<T>(script: ScriptWords, make: (key: string, command: CommandWords) => T): T[] {
  return [script.start, ...script.commands]
    .map((command) => make(`${script.name} ${command.name}`, command));
}

function optionsCase(key: string, { options }: CommandWords): string[] {
  const entries = options.map(({ flags, isRepeatable }) =>
    quote((isRepeatable ? "+" : "") + flags.join(" "))
  );
  return [quote(key), `options=(${entries.join(" ")})`];
}

/** One case for all places that take the same values; what takes none is in no case. */
function valueCases(scripts: readonly ScriptWords[]): string[][] {
  const places = scripts.flatMap((script) =>
    each(script, (key, { options, positional }) => [
      ...(positional === undefined ? [] : [[`${key} `, action(positional)] as const]),
      ...options.flatMap(({ flags, value }) =>
        value === undefined ? [] : flags.map((flag) => [`${key} ${flag}`, action(value)] as const)
      ),
    ]).flat()
  );
  return [...Map.groupBy(places, ([, text]) => text)]
    .map(([text, keys]) => [keys.map(([key]) => quote(key)).join(" | \\\n    "), text]);
}

function action(value: ValueWords): string {
  if (value.kind !== "words") return `kind=${value.kind}`;
  return `kind=words values=(${value.words.map(quote).join(" ")})`;
}

function table(name: string, cases: readonly (readonly string[])[]): string {
  const lines = cases.map(([pattern, text]) => `    ${pattern}) ${text} ;;`);
  return [`${name}() {`, '  case "$1" in', ...lines, "    *) return 1 ;;", "  esac", "}"].join(
    "\n",
  );
}

const beforeDeno = `_opsdeck_deno_was=$(complete -p deno 2>/dev/null)
[[ $_opsdeck_deno_was =~ -F\\ ([^ ]+) && \${BASH_REMATCH[1]} != _opsdeck_deno ]] &&
  _opsdeck_deno_own=\${BASH_REMATCH[1]}
complete -F _opsdeck_deno -o bashdefault -o default deno`;
