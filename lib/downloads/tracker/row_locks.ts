/** Who is at which row: a lock a row, in a folder beside the CSV. */

import { createHash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import {
  acquireFileLock,
  type FileLock,
  isFileLockHeld,
  OpsdeckError,
  toFileError,
  tryFileLock,
} from "../../core/mod.ts";

/** What core's locks add to a path. */
const lockEnding = ".lock";

/** How long a claim waits for somebody who only looks whether the row is held. */
const lookMs = 50;

/** The locks of the rows of one CSV. A lock ends with its process. */
export interface RowLocks {
  /** Takes the lock of a row; undefined when somebody has it. */
  tryAcquire(rowId: string, signal?: AbortSignal): Promise<FileLock | undefined>;
  /** Tells whether somebody has the lock of a row, this process included. */
  isHeld(rowId: string): Promise<boolean>;
  /** Removes the locks of processes that were killed, and the folder if no lock is left. */
  tidyUp(): Promise<void>;
}

/** Gives the locks of the rows of a CSV, which is named by its real path. */
export function rowLocks(csvPath: string): RowLocks {
  const folder = join(dirname(csvPath), `.${basename(csvPath)}.claims`);
  // An id may be any text; a file's name may not.
  const pathOf = (rowId: string) =>
    join(folder, createHash("sha256").update(rowId.toWellFormed()).digest("hex").slice(0, 32));
  return {
    tryAcquire: (rowId, signal) => tryAcquire(folder, pathOf(rowId), signal),
    isHeld: (rowId) => isFileLockHeld(pathOf(rowId)),
    tidyUp: () => removeDeadLocks(folder),
  };
}

async function tryAcquire(
  folder: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<FileLock | undefined> {
  for (;;) {
    try {
      await Deno.mkdir(folder, { recursive: true });
      return await acquireFileLock(path, { timeoutMs: lookMs, removeOnRelease: true, signal });
    } catch (error) {
      const code = error instanceof OpsdeckError ? error.code : undefined;
      if (code === "LOCK_TIMEOUT") return undefined;
      if (code !== "ENOENT") throw toFileError(error, "make", folder); // not just tidied up
    }
  }
}

async function removeDeadLocks(folder: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const path = join(folder, name.slice(0, -lockEnding.length));
      if (name.endsWith(lockEnding)) {
        (await tryFileLock(path, { removeOnRelease: true }))?.release();
      }
    }
    await Deno.remove(folder);
  } catch {
    // There is none, or it has locks of the living in it: this is only tidiness.
  }
}
