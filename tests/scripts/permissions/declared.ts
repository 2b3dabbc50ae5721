/** What each script is allowed, as its set in `deno.json`, its first line and its tasks say. */

import { join } from "@std/path";
import { projectFolder, scriptNames } from "../all_scripts.ts";

/** Lists of folders, files and programs; `<caller>` and `<home>` stand for what a run expands. */
export interface Lists {
  read: string[];
  write: string[];
  deniedWrite: string[];
  run: string[];
}

/** A named set of `deno.json`. */
export interface PermissionSet {
  env?: { allow?: string[]; deny?: string[]; ignore?: boolean };
  import?: string[];
  net?: boolean | string[];
  sys?: string[];
  run?: unknown;
  ffi?: unknown;
  read?: unknown;
  write?: unknown;
}

/** A script's permissions, wherever they stand. */
export interface Declared {
  name: string;
  set: PermissionSet | undefined;
  /** The words of the first line, after `deno run`. */
  shebang: string[];
  /** The lists in the first line. */
  lists: Lists;
  /** The tasks that run it, by name, as words. */
  tasks: Map<string, string[]>;
}

interface Configuration {
  permissions: Record<string, PermissionSet>;
  tasks: Record<string, string | { command?: string }>;
}

/** Reads what is declared for every script. */
export async function declaredPermissions(): Promise<Declared[]> {
  const text = await Deno.readTextFile(join(projectFolder, "deno.json"));
  const { permissions, tasks }: Configuration = JSON.parse(text);
  const commands = Object.entries(tasks).map(([name, task]): [string, string] => [
    name,
    typeof task === "string" ? task : task.command ?? "",
  ]);
  return await Promise.all(scriptNames.map(async (name) => {
    const path = join(projectFolder, "scripts", `${name}.ts`);
    const [firstLine = ""] = (await Deno.readTextFile(path)).split("\n", 1);
    const shebang = firstLine.split(" ");
    return {
      name,
      set: permissions[name],
      shebang,
      lists: listsOf(shebang),
      tasks: new Map(
        commands.filter(([, command]) => command.includes(`scripts/${name}.ts`))
          .map(([task, command]) => [task, commandWords(command)]),
      ),
    };
  }));
}

function commandWords(command: string): string[] {
  return (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, "$1"));
}

const listFlags: Record<string, keyof Lists> = {
  "--allow-read": "read",
  "-R": "read",
  "--allow-write": "write",
  "-W": "write",
  "--deny-write": "deniedWrite",
  "--allow-run": "run",
};

/** Gives the lists of the flags in a command line. */
export function listsOf(words: readonly string[]): Lists {
  const found: Lists = { read: [], write: [], deniedWrite: [], run: [] };
  for (const word of words) {
    const [flag = "", values = ""] = word.split(/=(.*)/s);
    const kind = listFlags[flag];
    if (kind === undefined) continue;
    found[kind] = values.split(",").map((value) =>
      value.replace(/\$\{PWD\}|\$INIT_CWD/, "<caller>").replace(/\$\{?HOME\}?/, "<home>")
    );
  }
  return found;
}

/** Gives the cells of a script's row in the README's table: network, reads, writes, runs. */
export function tableCells({ set, lists }: Declared): string[] {
  const hosts = set?.net === true ? "any" : cell(Array.isArray(set?.net) ? set.net : []);
  const programs = lists.run.map((program) => program.replace(/^.*\//, ""));
  const denied = lists.deniedWrite.map((value) => `; not ${placeName(value)}`).join("");
  return [hosts, cell(lists.read), cell(lists.write) + denied, cell(programs)];
}

function cell(values: readonly string[]): string {
  return values.length === 0 ? "nothing" : values.map(placeName).join(", ");
}

const state = "<home>/.local/state/opsdeck";

function placeName(value: string): string {
  if (value === "<caller>") return "caller's folder";
  if (value === state) return "state";
  if (value.startsWith(`${state}/`)) return `\`state${value.slice(state.length)}\``;
  return `\`${value.replace("<caller>/", "").replace("<home>", "~")}\``;
}
