/** Finds the calls of opsdeck's scripts in shell commands, units and manifests. */

import { join } from "@std/path";
import parseArgv from "string-argv";
import { commonOptions } from "../../lib/core/command_line/common_options.ts";
import { type AnyCommand, parseOptions, type Script } from "../../lib/core/command_line/mod.ts";
import { projectFolder } from "./readme_shell.ts";

/** A call of a script. */
export interface ScriptCall {
  /** The script's name. */
  script: string;
  /** The words after it. */
  args: string[];
}

interface Configuration {
  tasks: Record<string, string | { command?: string }>;
}

const text = await Deno.readTextFile(join(projectFolder, "deno.json"));
const { tasks }: Configuration = JSON.parse(text);

/** Words that end a command. */
const endings = new Set(["|", "&&", "||", ";", "<", ">", ">>", "2>&1"]);

/**
 * Finds the calls in a command: by a script's path, by `deno task`, or by its name alone.
 *
 * @throws Error for a task that does not exist
 */
export function findCalls(command: string): ScriptCall[] {
  const calls: ScriptCall[] = [];
  for (const words of splitCommands(parseArgv(command.replaceAll(/;(?=\s|$)/g, " ; ")))) {
    const path = words.findIndex((word) => /(^|\/)scripts\/[\w-]+\.ts$/.test(word));
    const task = words.findIndex((word, at) =>
      word === "task" && /^deno/.test(words[at - 1] ?? "")
    );
    if (path !== -1) {
      const script = words[path]?.replace(/^.*\/|\.ts$/g, "") ?? "";
      calls.push({ script, args: words.slice(path + 1) });
    } else if (task !== -1) {
      calls.push(...taskCalls(words.slice(task + 1)));
    }
  }
  return calls;
}

function taskCalls(words: string[]): ScriptCall[] {
  const [name = "", ...args] = words.filter((word, at) => at > 0 || word !== "-q");
  const task = tasks[name];
  if (task === undefined) {
    throw new Error(`There is no task "${name}": deno task ${words.join(" ")}`);
  }
  const line = typeof task === "string" ? task : task.command ?? "";
  const [, script, fixed = ""] = /scripts\/([\w-]+)\.ts(?: (.*))?$/.exec(line) ?? [];
  return script === undefined ? [] : [{ script, args: [...parseArgv(fixed), ...args] }];
}

function splitCommands(words: readonly string[]): string[][] {
  const commands: string[][] = [[]];
  let isFile = false;
  for (const word of words) {
    if (isFile) isFile = false;
    else if (endings.has(word)) {
      isFile = /^[<>]/.test(word);
      if (!isFile) commands.push([]);
    } else commands.at(-1)?.push(word);
  }
  return commands;
}

/** Loads a script's declaration. */
export async function loadScript(name: string): Promise<Script> {
  const { script } = await import(`../../scripts/${name}.ts`);
  return script;
}

/** Gives the command that words after a script's name lead to, and the rest of the words. */
export function findCommand(
  script: Script,
  args: readonly string[],
): { command: AnyCommand; args: readonly string[] } {
  if (script.command !== undefined) return { command: script.command, args };
  const [word = "", ...rest] = args;
  const command = script.commands?.[word];
  if (command === undefined) throw new Error(`${script.name} has no command "${word}"`);
  return { command, args: rest };
}

/**
 * Reads a call's arguments by the script's own table.
 *
 * @throws Error for a command, an option or a value that the script would refuse
 */
export async function checkCall({ script: name, args }: ScriptCall): Promise<void> {
  const script = await loadScript(name);
  if (args.length === 1 && args[0] === "--help") return;
  const { command, args: rest } = findCommand(script, args);
  const { positionals } = await parseOptions({ ...command.options, ...commonOptions }, rest);
  if (positionals.length > 0 && command.positionals === undefined) {
    throw new Error(`${name} takes no "${positionals.join(" ")}": ${args.join(" ")}`);
  }
}
