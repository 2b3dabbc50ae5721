/** What may be typed after a script's name: the same for every shell. */

import type { AnyCommand, Script } from "../command.ts";
import { commonOptions } from "../common_options.ts";
import { flagName, type OptionSpec, type OptionTable } from "../option_table.ts";
import { placeholderOf } from "../parse_options.ts";
import { singleLine } from "../../single_line.ts";

/** What can stand in the place of a value. */
export type ValueWords =
  /** One of these words. */
  | { kind: "words"; words: readonly string[] }
  /** A file, a folder, or a text that nobody can guess. */
  | { kind: "file" | "folder" | "text" };

/** A flag. */
export interface OptionWords {
  /** Its spellings, such as `--quiet` and `-q`. */
  flags: readonly string[];
  /** What it does, on one line. */
  description: string;
  /** Whether it may be given again. */
  isRepeatable: boolean;
  /** The word that stands for its value. */
  placeholder: string;
  /** Its value; undefined for a flag that is on or off. */
  value?: ValueWords;
}

/** A command, or what stands in the place of one. */
export interface CommandWords {
  /** Its name; empty for the job of a script without commands, and where no command is typed yet. */
  name: string;
  /** What it does, on one line. */
  summary: string;
  /** Its flags. */
  options: readonly OptionWords[];
  /** What may be given without a flag; undefined when nothing may. */
  positional?: ValueWords;
}

/** A script. */
export interface ScriptWords {
  /** Its name, such as `queue`; `queue.ts` is completed alike. */
  name: string;
  /** What may follow the name; with `commands`, until one of them is typed. */
  start: CommandWords;
  /** Its commands; none when it has a single job. */
  commands: readonly CommandWords[];
}

/** Reads a script's tables. */
export function completionWords(script: Script): ScriptWords {
  const { name, summary, command } = script;
  if (command !== undefined) return { name, start: wordsOf("", command), commands: [] };
  const options = optionsOf(commonOptions);
  return {
    name,
    start: { name: "", summary: singleLine(summary), options },
    commands: Object.entries(script.commands ?? {}).map(([word, one]) => wordsOf(word, one)),
  };
}

function wordsOf(name: string, command: AnyCommand): CommandWords {
  const positional = positionalWords(command.positionals);
  return {
    name,
    summary: singleLine(command.summary),
    options: optionsOf({ ...command.options, ...commonOptions }),
    ...(positional === undefined ? {} : { positional }),
  };
}

function optionsOf(table: OptionTable): OptionWords[] {
  return Object.entries(table).map(([name, spec]) => {
    const value = valueOf(spec);
    return {
      flags: [`--${flagName(name)}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])],
      description: singleLine(spec.description),
      isRepeatable: spec.type === "strings",
      placeholder: singleLine(placeholderOf(spec)),
      ...(value === undefined ? {} : { value }),
    };
  });
}

function valueOf(spec: OptionSpec): ValueWords | undefined {
  if (spec.type === "boolean") return undefined;
  if (spec.type === "string" && spec.choices) return { kind: "words", words: spec.choices };
  return placeKind(placeholderOf(spec));
}

// The help's own words: `FILE …` is a file, `stats | get KEY` begins with one of two words.
function positionalWords(text: string | undefined): ValueWords | undefined {
  if (text === undefined) return undefined;
  const words = text.split(/[^\w-]+/).filter((word) => /^\w/.test(word));
  const literal = words.filter((word) => word === word.toLowerCase());
  if (literal.length > 0) return { kind: "words", words: literal };
  return words.map(placeKind).find(({ kind }) => kind !== "text") ?? { kind: "text" };
}

// PATH is a place on a server; what lies there is not known here.
function placeKind(placeholder: string): ValueWords {
  if (placeholder === "FILE") return { kind: "file" };
  return { kind: placeholder === "FOLDER" ? "folder" : "text" };
}
