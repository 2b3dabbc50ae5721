/** Files that opsdeck keeps beside the CSV: as private as the CSV is, and its owner's. */

import { toFileError } from "../../core/mod.ts";

/**
 * Opens a file beside the CSV, making it if it is not there.
 *
 * @param csvPath whose mode and, where this user may set it, owner a new file gets
 * @throws FileOperationError when it can be neither opened nor made.
 */
export function openCompanion(
  path: string,
  csvPath: string,
  options: Deno.OpenOptions,
): Deno.FsFile {
  try {
    try {
      return Deno.openSync(path, options);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const { mode, uid, gid } = Deno.statSync(csvPath);
    const file = Deno.openSync(path, {
      ...options,
      create: true,
      ...(mode === null ? {} : { mode: mode & 0o666 }),
    });
    keepOwner(path, uid, gid);
    return file;
  } catch (error) {
    throw toFileError(error, "open", path);
  }
}

function keepOwner(path: string, uid: number | null, gid: number | null): void {
  const made = Deno.statSync(path);
  if (uid === null || gid === null || (made.uid === uid && made.gid === gid)) return;
  try {
    Deno.chownSync(path, uid, gid);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error; // only root may give away
  }
}

/** Gives what the file system says of a path; undefined when there is nothing. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw toFileError(error, "look at", path);
  }
}
