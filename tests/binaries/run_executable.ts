/** Runs executables as on a machine that has neither Deno nor a package cache. */

import { join } from "@std/path";
import type { ScriptResult } from "../support/run_script.ts";

/** How an executable is run. */
export interface RunExecutableOptions {
  /** The folder it is run from. */
  cwd: string;
  /** All variables that it gets, besides a PATH of the system's folders. */
  env: Readonly<Record<string, string>>;
  /** What it reads on stdin. Defaults to nothing. */
  stdin?: string;
  /** The user that it runs as, by number. Defaults to the one that runs the tests. */
  uid?: number;
}

/** Starts an executable. */
export function startExecutable(
  path: string,
  args: readonly string[],
  { cwd, env, stdin, uid }: RunExecutableOptions,
): Deno.ChildProcess {
  return new Deno.Command(path, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", NO_COLOR: "1", ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs an executable to its end. */
export async function runExecutable(
  path: string,
  args: readonly string[],
  options: RunExecutableOptions,
): Promise<ScriptResult> {
  const child = startExecutable(path, args, options);
  if (options.stdin !== undefined) {
    await new Blob([options.stdin]).stream().pipeTo(child.stdin);
  }
  const { code, signal, ...output } = await child.output();
  const stdout = new TextDecoder().decode(output.stdout);
  const stderr = new TextDecoder().decode(output.stderr);
  return { code, killedBy: signal, stdout, stderr, json: () => JSON.parse(stdout) };
}

/** Gives the names in a folder, sorted; none where there is no folder. */
export function namesIn(...path: string[]): string[] {
  try {
    return [...Deno.readDirSync(join(...path))].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
