/** `deno compile`, where the runtime that it puts into its executables is at hand. */

import { join } from "@std/path";
import { ConfigurationError, readEnvironmentVariable } from "../core/mod.ts";
import { packageCacheFolder } from "../database/embedded/mod.ts";
import { compileFlags } from "./permission_flags.ts";
import { runProgram } from "./run_program.ts";
import type { ScriptPermissions } from "./script_permissions.ts";

const downloadHost = "dl.deno.land";
const askTimeoutMs = 3000;

// A compiled program loads no module that it was not built with, is no Deno for yt-dlp to run
// YouTube's scripts by, and carries no folder of PostgreSQL's.
const needRealDeno = ["claim-batch", "database", "track-downloads"];

/** Tells whether `deno compile` gives an executable that does all that the script does. */
export function canBeCompiled(name: string): boolean {
  return !needRealDeno.includes(name);
}

/**
 * Tells where `deno compile` finds its runtime: the variable `DENORT_BIN`, a copy in Deno's cache,
 * or the network, which is asked for 3 seconds at most. Undefined when it is nowhere.
 */
export async function findCompileRuntime(signal: AbortSignal): Promise<string | undefined> {
  const given = readEnvironmentVariable("DENORT_BIN");
  if (given !== undefined && given !== "") return "DENORT_BIN";
  const release = `release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  const cached = join(packageCacheFolder(), "dl", release);
  if (await exists(cached)) return cached;
  try {
    const response = await fetch(`https://${downloadHost}/${release}`, {
      method: "HEAD",
      signal: AbortSignal.any([signal, AbortSignal.timeout(askTimeoutMs)]),
    });
    await response.body?.cancel();
    return response.ok ? downloadHost : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** What {@link compileApp} compiles. */
export interface CompileOptions {
  /** The script. */
  name: string;
  /** The folder of the bundled app. */
  app: string;
  /** A folder to work in, of the same file system as the executable's. */
  folder: string;
  /** What the script may do. */
  permissions: ScriptPermissions;
  /** The home folder that is meant for good. */
  home: string;
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Has `deno compile` write an executable; one that is there is replaced when it is complete.
 *
 * @throws ConfigurationError with its words when it fails.
 */
export async function compileApp(
  path: string,
  { name, app, folder, permissions, home, signal }: CompileOptions,
): Promise<void> {
  const fresh = join(folder, name);
  const { code, stderr } = await runProgram("deno", [
    "compile",
    "-q",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-prompt",
    ...compileFlags(permissions, home),
    "--output",
    fresh,
    join(app, `${name}.js`),
  ], { signal });
  if (code === 0) return await Deno.rename(fresh, path);
  throw new ConfigurationError(
    `Cannot compile "${name}" as deno compile ended with ${code}: ` +
      `${stderr.split("\n").slice(-3).join(" ")}; give --launcher to build without it`,
    { code: "COMPILE_FAILED" },
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}
