/** Where the state of one CSV is kept. */

import { createHash } from "node:crypto";
import { basename, join } from "@std/path";
import { opsdeckHome, resolveCallerPath } from "../../core/mod.ts";

/** The files and folders that belong to one CSV, in opsdeck's home. */
export interface StatePaths {
  /** The folder of all of it. */
  folder: string;
  /** The history of its downloads. */
  history: string;
  /** The folder in which each run holds a lock. */
  runs: string;
}

/** Gives the folder of the state of all CSVs, in the folder of opsdeck's state. */
export function downloadsStateFolder(stateDir: string = opsdeckHome()): string {
  return join(stateDir, "downloads");
}

/**
 * Gives the paths for a CSV, which is known by its real path: a symbolic link to it shares them.
 *
 * @param stateDir the folder of opsdeck's state; defaults to `OPSDECK_HOME`
 */
export async function statePaths(
  csvPath: string,
  stateDir?: string,
): Promise<StatePaths> {
  const asked = resolveCallerPath(csvPath);
  const path = await Deno.realPath(asked).catch(() => asked);
  const hash = createHash("sha256").update(path.toWellFormed()).digest("hex").slice(0, 12);
  const name = basename(path).replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 40);
  const folder = join(downloadsStateFolder(stateDir), `${name}-${hash}`);
  return { folder, history: join(folder, "history.db"), runs: join(folder, "runs") };
}
