/** Completion for zsh: one function a script, on zsh's own `_arguments`. */

import type { CommandWords, OptionWords, ScriptWords, ValueWords } from "./completion_words.ts";
import { quote } from "./quote.ts";
import type { Deck } from "./task_words.ts";

/** Writes the completion script of zsh. */
export function zshCompletion({ scripts, tasks, folder }: Deck): string {
  return [
    "# Completion of opsdeck's scripts for zsh; made by: deno task completion zsh",
    // Sourced before compinit, there is nothing yet to add to.
    "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }",
    ...scripts.map(scriptFunction),
    ...(tasks.length === 0 ? [] : [denoFunction({ scripts, tasks, folder })]),
    scripts.map(({ name }) => `compdef ${functionName(name)} ${quote(name)} ${quote(`${name}.ts`)}`)
      .join("\n"),
    ...(tasks.length === 0 ? [] : [beforeDeno]),
  ].join("\n\n") + "\n";
}

const beforeDeno = `if [[ \${_comps[deno]:-} != _opsdeck_deno ]]; then
  typeset -g _opsdeck_deno_own=\${_comps[deno]:-}
  compdef _opsdeck_deno deno
fi`;

function functionName(script: string): string {
  return `_opsdeck_${script.replaceAll("-", "_")}`;
}

function scriptFunction({ name, start, commands }: ScriptWords): string {
  if (commands.length === 0) {
    return `${functionName(name)}() {\n${argumentsCall(start, "  ")}\n}`;
  }
  const cases = commands.map((command) =>
    `        ${quote(command.name)})\n${argumentsCall(command, "          ")}\n          ;;`
  );
  return `${functionName(name)}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C -s -S ${start.options.map(optionSpec).join(" ")} '1: :->command' '*:: :->rest'
  case $state in
    command)
      ${describe("command", commands)}
      ;;
    rest)
      case $words[1] in
${cases.join("\n")}
      esac
      ;;
  esac
}`;
}

function argumentsCall({ options, positional }: CommandWords, indent: string): string {
  const specs = options.map(optionSpec);
  if (positional !== undefined) {
    // Words name a kind of thing, and only one of them is wanted.
    const place = positional.kind === "words" ? "1" : "*";
    specs.push(quote(`${place}: :${action(positional)}`));
  }
  return `${indent}_arguments -s -S \\\n${specs.map((spec) => `${indent}  ${spec}`).join(" \\\n")}`;
}

function optionSpec({ flags, description, isRepeatable, placeholder, value }: OptionWords): string {
  const explained = `[${escape(description)}]`;
  const wanted = value === undefined ? "" : `:${escape(placeholder)}:${action(value)}`;
  const others = isRepeatable ? "*" : flags.length > 1 ? `(${flags.join(" ")})` : "";
  return flags.map((flag) => {
    const joint = value === undefined ? "" : flag.startsWith("--") ? "=" : "+";
    return quote(`${others}${flag}${joint}${explained}${wanted}`);
  }).join(" ");
}

// _arguments reads these characters itself.
function escape(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

const places = { file: "_files", folder: "_files -/", text: " " };

function action(value: ValueWords): string {
  if (value.kind !== "words") return places[value.kind];
  // Read by _arguments up to a colon, and then evaluated as words of an array.
  const words = value.words.map((word) => quote(word).replaceAll(":", "\\:"));
  return `(${words.join(" ")})`;
}

function describe(tag: string, items: readonly { name: string; summary: string }[]): string {
  const entries = items.map(({ name, summary }) =>
    quote(`${name.replaceAll(/[\\:]/g, "\\$&")}:${summary}`)
  );
  return `local -a ${tag}s=(${entries.join(" ")}); _describe -t ${tag}s ${tag} ${tag}s`;
}

function denoFunction({ tasks, folder }: Deck): string {
  const cases = tasks.filter(({ words }) => words.length > 0).map(({ name, words }) =>
    `        ${quote(name)}) task=(${words.map(quote).join(" ")}) ;;`
  );
  const items = tasks.map(({ name, description }) => ({ name, summary: description }));
  return `# After "deno task": the tasks and the words of their scripts. All else is left to Deno's own.
_opsdeck_deno() {
  local -a task
  local i=3
  if [[ $words[2] == task && $PWD/ == ${quote(folder)}/* ]]; then
    while (( i < CURRENT )) && [[ $words[i] == -* ]]; do (( i++ )); done
    if (( i < CURRENT )); then
      case \${(Q)words[i]} in
${cases.join("\n")}
      esac
      if (( $#task )); then
        (( CURRENT += $#task - i ))
        words=($task "\${(@)words[i+1,-1]}")
        _opsdeck_\${task[1]//-/_}
        return
      fi
    elif [[ $words[CURRENT] != -* ]]; then
      ${describe("task", items)}
      return
    fi
  fi
  \${_opsdeck_deno_own:-_default} "$@"
}`;
}
