/** All scripts of the folder, by what they say of themselves. */

import { join } from "@std/path";
import type { AnyCommand, Script } from "../../lib/core/command_line/mod.ts";
import { scriptPath } from "../support/run_script.ts";

/** The folder of `deno.json`. */
export const projectFolder = join(scriptPath("queue"), "../..");

/** The names of all files in `scripts/`. */
export const scriptNames: readonly string[] = [...Deno.readDirSync(join(projectFolder, "scripts"))]
  .flatMap(({ name }) => name.endsWith(".ts") ? [name.slice(0, -3)] : [])
  .sort();

/** A command, and the words that choose it. */
export interface Invocation {
  /** The script's name. */
  name: string;
  /** The command's name, where the script has several. */
  words: string[];
  /** What it declares. */
  command: AnyCommand;
}

/** Imports all scripts. */
export async function loadScripts(): Promise<Script[]> {
  return await Promise.all(scriptNames.map(async (name) => {
    const { script } = await import(`../../scripts/${name}.ts`);
    return script;
  }));
}

/** Gives every command of every script. */
export async function allInvocations(): Promise<Invocation[]> {
  const scripts = await loadScripts();
  return scripts.flatMap(({ name, command, commands }) => [
    ...(command === undefined ? [] : [{ name, words: [], command }]),
    ...Object.entries(commands ?? {}).map(([word, command]) => ({ name, words: [word], command })),
  ]);
}
