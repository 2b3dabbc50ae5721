/** A script's permissions for one configuration and one set of arguments. */

import { fromFileUrl } from "@std/path";
import type { PermissionNeeds } from "../core/command_line/mod.ts";
import {
  callerDirectory,
  ConfigurationError,
  readEnvironmentVariable,
  resolveCallerPath,
} from "../core/mod.ts";
import { inPlace } from "./permission_flags.ts";
import { runProgram } from "./run_program.ts";
import type { ScriptPermissions } from "./script_permissions.ts";

/** What {@link narrowPermissions} narrows. */
export interface NarrowOptions {
  /** The script. */
  name: string;
  /** What it may do in general. */
  permissions: ScriptPermissions;
  /** The arguments that it will be run with. */
  args: readonly string[];
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Asks the script itself, through `--print-permissions`, for the hosts, folders and programs that
 * it needs with these arguments; variables and system information stay as they are. Paths under
 * the caller's folder or the home folder become `$PWD/…` and `$HOME/…`; those that an argument or
 * `OPSDECK_CONFIG` names in full stay besides.
 *
 * @throws ConfigurationError with what the script said when it cannot tell.
 */
export async function narrowPermissions(
  { name, permissions, args, signal }: NarrowOptions,
): Promise<ScriptPermissions> {
  const script = fromFileUrl(new URL(`../../scripts/${name}.ts`, import.meta.url));
  const folders = { PWD: callerDirectory(), HOME: readEnvironmentVariable("HOME") ?? "" };
  const list = (kind: "read" | "write", more: readonly string[] = []) => {
    const paths = [...permissions[kind].map((path) => inPlace(path, folders)), ...more];
    return paths.length === 0 ? [] : [`--allow-${kind}=${paths.join(",")}`];
  };
  const ask = (settingFiles: readonly string[]) =>
    runProgram("deno", [
      "run",
      "-q",
      "--no-prompt",
      "--env-file",
      `-P=${name}`,
      ...list("read", settingFiles),
      ...list("write"),
      script,
      ...printFlags(args),
    ], { cwd: folders.PWD, signal });

  // Files of settings and secrets may lie anywhere, and only the script can tell their names.
  const settingFiles: string[] = [];
  let answer = await ask(settingFiles);
  for (;;) {
    const path = refusedFile(answer.stderr);
    if (answer.code === 0 || path === undefined || settingFiles.includes(path)) break;
    settingFiles.push(path);
    answer = await ask(settingFiles);
  }
  const { code, stdout, stderr } = answer;
  if (code !== 0) {
    throw new ConfigurationError(
      `Cannot narrow "${name}" as it does not tell what it needs (${
        stderr.replace(/^Error: /, "").split("\n").at(-1)
      }); ${code === 1 ? "write its arguments after --" : "mend that first"}`,
      { code: "NARROW_FAILED" },
    );
  }
  const { needs }: { needs: PermissionNeeds } = JSON.parse(stdout);
  const unfit = Object.values(needs).flat().find((value) => value.includes(","));
  if (unfit !== undefined) {
    throw new ConfigurationError(
      `Cannot narrow "${name}" as a comma ends Deno's lists and "${unfit}" has one; rename it`,
      { code: "NARROW_FAILED" },
    );
  }
  const given = [...args, readEnvironmentVariable("OPSDECK_CONFIG") ?? ""];
  const follow = (paths: readonly string[] = []) =>
    paths.flatMap((path) => {
      const isGiven = given.some((text) => text.includes(path));
      return isGiven ? [path, ...following(path, folders)] : following(path, folders);
    });
  return {
    ...permissions,
    net: needs.net ?? permissions.net,
    read: follow([...needs.read, ...settingFiles]),
    write: follow(needs.write),
    run: follow(needs.run),
  };
}

function refusedFile(stderr: string): string | undefined {
  const path = /no read permission for "(.+?)"; run it as: /.exec(stderr)?.[1];
  // A comma could not be given to it.
  return path === undefined || path.includes(",") ? undefined : resolveCallerPath(path);
}

/**
 * Writes a path by the nearest of the folders, so that it follows whoever runs the executable; by
 * both when they are the same.
 */
function following(path: string, folders: Readonly<Record<string, string>>): string[] {
  const around = Object.entries(folders)
    .filter(([, folder]) => folder.length > 1 && `${path}/`.startsWith(`${folder}/`));
  const nearest = Math.max(...around.map(([, folder]) => folder.length));
  if (around.length === 0) return [path];
  return around.filter(([, folder]) => folder.length === nearest)
    .map(([name, folder]) => `$${name}${path.slice(folder.length)}`);
}

// They stand before a `--` of the script's own.
function printFlags(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.toSpliced(end === -1 ? args.length : end, 0, "--print-permissions", "--json");
}
