/** Which runs are at work on a CSV: each holds a lock that ends with its process. */

import { join } from "@std/path";
import { acquireFileLock, type FileLock, toFileError, tryFileLock } from "../../core/mod.ts";
import type { StatePaths } from "./state_paths.ts";

const lockEnding = ".lock";

/**
 * Counts this process as a run on a CSV until the lock is released.
 *
 * @throws FileOperationError when the lock cannot be made
 */
export async function holdRun({ runs }: Pick<StatePaths, "runs">): Promise<FileLock> {
  try {
    await Deno.mkdir(runs, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw toFileError(error, "make", runs);
  }
  return await acquireFileLock(join(runs, crypto.randomUUID()), { removeOnRelease: true });
}

/** Counts the runs on a CSV, this process's own included. Locks of the dead are removed. */
export async function countActiveRuns({ runs }: Pick<StatePaths, "runs">): Promise<number> {
  let count = 0;
  try {
    for await (const { name } of Deno.readDir(runs)) {
      if (!name.endsWith(lockEnding)) continue;
      const path = join(runs, name.slice(0, -lockEnding.length));
      const lock = await tryFileLock(path, { removeOnRelease: true });
      if (lock === undefined) count++;
      lock?.release();
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw toFileError(error, "look through", runs);
  }
  return count;
}
