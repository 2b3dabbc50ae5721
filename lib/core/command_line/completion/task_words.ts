/** The tasks of `deno.json`, and which script each of them runs. */

import { singleLine } from "../../single_line.ts";
import type { ScriptWords } from "./completion_words.ts";

/** A task. */
export interface TaskWords {
  /** Its name, such as `db:start`. */
  name: string;
  /** What it does, on one line; empty when it does not say. */
  description: string;
  /** The words that it stands for, the script's name first; empty when it runs no script. */
  words: readonly string[];
}

/** All that is completed. */
export interface Deck {
  /** The scripts. */
  scripts: readonly ScriptWords[];
  /** The tasks of `deno.json`; with none, nothing is completed after `deno`. */
  tasks: readonly TaskWords[];
  /** The folder of `deno.json`; the tasks are completed in it and below. */
  folder: string;
}

/** Reads the tasks of a `deno.json`, in either of the forms that a task may have there. */
export function taskWords(
  tasks: Readonly<Record<string, string | { description?: string; command?: string }>>,
): TaskWords[] {
  return Object.entries(tasks).map(([name, task]) => {
    const { command = "", description = "" } = typeof task === "string" ? { command: task } : task;
    const [, script, rest = ""] = / scripts\/([\w-]+)\.ts((?: [\w-]+)*)$/.exec(command) ?? [];
    const words = script === undefined ? [] : [script, ...rest.split(" ").slice(1)];
    return { name, description: singleLine(description), words };
  });
}
