/** Finding and opening the CSV that a caller means. */

import {
  ErrorCategory,
  FileOperationError,
  resolveCallerPath,
  toFileError,
} from "../../core/mod.ts";

/**
 * Gives the absolute path of a CSV, symbolic links followed: lock and journal stand beside the file
 * itself, so that everybody finds the same ones.
 *
 * @throws FileOperationError when there is no such file.
 */
export async function realCsvPath(csvPath: string): Promise<string> {
  const path = resolveCallerPath(csvPath);
  try {
    const real = await Deno.realPath(path);
    if ((await Deno.stat(real)).isFile) return real;
  } catch (error) {
    throw toFileError(error, "read", path);
  }
  throw new FileOperationError(`Cannot read '${path}' as it is not a file; name a CSV file`, {
    code: "NOT_A_FILE",
    context: { file_path: path },
  });
}

/** Opens a file for reading. */
export async function openForReading(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    throw toFileError(error, "read", path);
  }
}

/**
 * Refuses a CSV that may not be changed. A file that is replaced by a rename would not notice: the
 * mode is asked, and the system too.
 *
 * @throws FileOperationError
 */
export async function requireWritable(path: string): Promise<void> {
  try {
    const { mode } = await Deno.stat(path);
    (await Deno.open(path, { write: true })).close();
    if (mode === null || (mode & 0o222) !== 0) return;
  } catch (error) {
    throw toFileError(error, "write", path);
  }
  throw new FileOperationError(
    `Cannot write '${path}' as it is marked read-only; make it writable (chmod u+w)`,
    { code: "EACCES", category: ErrorCategory.PERMISSION, context: { file_path: path } },
  );
}
