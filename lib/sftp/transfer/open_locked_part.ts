/** The part of an earlier run, for this process alone. */

import { FileOperationError } from "../../core/mod.ts";
import { quoteName } from "../connection/mod.ts";
import { lstatIfThere } from "./local_look.ts";

/** How often a part may be renamed or removed by another process just before we lock it. */
const mostOpenings = 10;

/**
 * Opens a part that a later run can find, and makes it where there is none; gives undefined on a file
 * system without locks, where two processes could write to it.
 *
 * @throws FileOperationError with the code `TRANSFER_IN_PROGRESS` while another process has it, and
 * `NOT_A_FILE` when something else has its name
 */
export async function openLockedPart(
  path: string,
  targetPath: string,
): Promise<Deno.FsFile | undefined> {
  for (let opening = 1; opening <= mostOpenings; opening++) {
    // What is no file is neither waited for, as a pipe's other end would be, nor followed.
    const before = lstatIfThere(path);
    if (before?.isFile === false) throw partInTheWay(path, targetPath);
    const file = await Deno.open(path, { read: true, write: true, create: true });
    try {
      const isLocked = await tryLock(file);
      if (isLocked === undefined) {
        file.close();
        if (before === undefined) await Deno.remove(path);
        return undefined;
      }
      if (!isLocked) throw transferInProgress(targetPath);
      // The one that had the lock may have renamed or removed it since we opened it.
      const here = await file.stat();
      const there = lstatIfThere(path);
      if (there?.isFile && there.ino === here.ino && there.dev === here.dev) {
        if ((here.nlink ?? 1) === 1) return file;
        // A run died when the part had its name already: to write to it is to write to the file.
        await Deno.remove(path);
      }
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
  throw transferInProgress(targetPath);
}

/** Gives undefined where there are no locks, as on some network file systems. */
async function tryLock(file: Deno.FsFile): Promise<boolean | undefined> {
  try {
    return await file.tryLock(true);
  } catch {
    return undefined;
  }
}

function transferInProgress(targetPath: string): FileOperationError {
  return new FileOperationError(
    `Cannot write ${quoteName(targetPath)} as another process is downloading it; wait for ` +
      "that one",
    { code: "TRANSFER_IN_PROGRESS", retryable: true, context: { file_path: targetPath } },
  );
}

function partInTheWay(path: string, targetPath: string): FileOperationError {
  return new FileOperationError(
    `Cannot write ${quoteName(targetPath)} as ${quoteName(path)}, where its unfinished part ` +
      "belongs, is not a regular file; remove that",
    { code: "NOT_A_FILE", context: { file_path: path } },
  );
}
