/** What a script may do, read from where its permission set and its task say so. */

import manifest from "../../deno.json" with { type: "json" };
import { ValidationError } from "../core/mod.ts";

/**
 * What a script may do. A folder begins with `$PWD`, the caller's, with `$HOME`, or with `/`; only
 * where the program runs is it known what the first two are.
 */
export interface ScriptPermissions {
  /** Environment variables; all others read as unset. */
  env: readonly string[];
  /** Environment variables that are refused though the list above has them. */
  deniedEnv: readonly string[];
  /** Hosts that modules may be loaded from. */
  import: readonly string[];
  /** `host`, `host:port` and the like; `true` is every host. */
  net: true | readonly string[];
  /** Names of system information. */
  sys: readonly string[];
  /** Folders and files that are read. */
  read: readonly string[];
  /** Folders and files that are written. */
  write: readonly string[];
  /** Folders that are not written though they are in one of the list above. */
  deniedWrite: readonly string[];
  /** Programs that are run. */
  run: readonly string[];
}

interface PermissionSet {
  env?: { allow?: string[]; deny?: string[] };
  import?: string[];
  net?: boolean | string[];
  sys?: string[];
}

type Task = string | { command?: string; dependencies?: string[] };

// One works on files of the repository, the other makes executables from it.
const notCompilable = ["compile", "quickstart"];

/** Gives the names of the scripts that executables are made of, sorted. */
export function compilableScripts(): string[] {
  return Object.keys(manifest.permissions).filter((name) => !notCompilable.includes(name)).sort();
}

/**
 * Checks the names of scripts, and gives them; none stand for all.
 *
 * @throws ValidationError when one is not the name of a script, or not compilable.
 */
export function chooseScripts(names: readonly string[]): string[] {
  const known = compilableScripts();
  for (const name of names) {
    if (known.includes(name)) continue;
    const reason = notCompilable.includes(name)
      ? "it works on the files of the repository"
      : "there is no such script";
    throw new ValidationError(
      `Cannot compile "${name}" as ${reason}; scripts are ${known.join(", ")}`,
      { code: "USAGE" },
    );
  }
  return names.length === 0 ? known : [...new Set(names)];
}

/** Gives what a script may do: its set, and the folders and programs of its task. */
export function scriptPermissions(name: string): ScriptPermissions {
  const sets: Readonly<Record<string, PermissionSet>> = manifest.permissions;
  const { env, import: importHosts = [], net = [], sys = [] } = sets[name] ?? {};
  return {
    env: env?.allow ?? [],
    deniedEnv: env?.deny ?? [],
    import: importHosts,
    net: typeof net === "boolean" ? net || [] : net,
    sys,
    ...taskLists(taskOf(name)),
  };
}

function taskOf(name: string): string {
  const tasks: Readonly<Record<string, Task>> = manifest.tasks;
  const command = Object.values(tasks)
    .map((task) => typeof task === "string" ? task : task.command ?? "")
    .find((text) => text.includes(`scripts/${name}.ts`));
  if (command !== undefined) return command;
  throw new Error(`Cannot find the folders of "${name}" as no task in deno.json runs it`);
}

function taskLists(
  command: string,
): Pick<ScriptPermissions, "read" | "write" | "deniedWrite" | "run"> {
  const words = command.match(/"[^"]*"|\S+/g) ?? [];
  const list = (...flags: string[]) =>
    words.map((word) => word.replaceAll('"', "").replaceAll("$INIT_CWD", "$PWD"))
      .filter((word) => flags.some((flag) => word.startsWith(`${flag}=`)))
      .flatMap((word) => word.slice(word.indexOf("=") + 1).split(","));
  return {
    read: list("--allow-read", "-R"),
    write: list("--allow-write", "-W"),
    deniedWrite: list("--deny-write"),
    run: list("--allow-run"),
  };
}
