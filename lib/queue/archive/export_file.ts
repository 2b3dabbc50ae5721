/** The NDJSON file to which records are written before they leave. */

import { dirname } from "node:path";
import { FileOperationError, syncFolder, toFileError } from "../../core/mod.ts";
import { digestOf, readUntakenTail } from "./export_tail.ts";

/** An open export file, locked for this process; disposing closes it. */
export interface ExportFile extends Disposable {
  /**
   * Appends lines and flushes them to the disk; those that stand there already, from a run that
   * was interrupted before it took the records, are left out.
   */
  append(lines: readonly { id: number; line: string }[]): Promise<void>;
}

/**
 * Opens an export file at its end, or creates it, with the mode 0600.
 *
 * A torn last line, which a killed run leaves, is cut off. The lines at the end whose records were
 * never taken are remembered: `findPresent` tells which ids are still where they are taken from.
 *
 * @throws ValidationError when the file ends in something else than an exported record;
 * FileOperationError when it cannot be opened, or another run writes it.
 */
export async function openExportFile(
  path: string,
  findPresent: (ids: readonly number[]) => Promise<Set<number>>,
): Promise<ExportFile> {
  let file: Deno.FsFile | undefined;
  try {
    // The payloads may be anybody's data.
    file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    await checkIsOurs(file, path);
    const untaken = await readUntakenTail(file, path, findPresent);
    await file.seek(0, Deno.SeekMode.End);
    await syncFolder(dirname(path));
    return exportFile(file, path, untaken);
  } catch (error) {
    file?.close();
    throw toFileError(error, "export to", path);
  }
}

function exportFile(file: Deno.FsFile, path: string, untaken: Map<number, string>): ExportFile {
  return {
    async append(lines) {
      const fresh = lines.filter(({ id, line }) => untaken.get(id) !== digestOf(line));
      for (const { id } of lines) untaken.delete(id);
      if (fresh.length === 0) return;
      try {
        let rest = new TextEncoder().encode(fresh.map(({ line }) => `${line}\n`).join(""));
        while (rest.length > 0) rest = rest.subarray(await file.write(rest));
        await file.syncData();
      } catch (error) {
        throw toFileError(error, "export to", path);
      }
    },
    [Symbol.dispose]: () => file.close(),
  };
}

async function checkIsOurs(file: Deno.FsFile, path: string): Promise<void> {
  if (!(await file.stat()).isFile) {
    throw new FileOperationError(
      `Cannot export to '${path}' as it is not a regular file; name a file`,
      { code: "NOT_A_FILE", context: { file_path: path } },
    );
  }
  if (await file.tryLock(true)) return;
  throw new FileOperationError(
    `Cannot export to '${path}' as another run is writing it; wait for its end or name another file`,
    { code: "LOCK_TIMEOUT", retryable: true, context: { file_path: path } },
  );
}
