/** What a journal's file holds. */

import { FileOperationError } from "../errors/error_classes.ts";
import { errorReason } from "../errors/error_fields.ts";
import { ErrorCategory, ErrorSeverity, ExitCode } from "../errors/opsdeck_error.ts";
import { toFileError } from "../errors/to_file_error.ts";
import { scanJournal } from "./journal_line.ts";

/** Turns an entry's JSON into its type, or throws what is wrong with it. */
export type ParseEntry<T> = (value: unknown) => T;

/** What a journal holds. */
export interface JournalContent<T> {
  /** The entries in the order in which they were appended. */
  entries: T[];
  /** How many bytes of a torn last write were left out: 0 after an orderly end. */
  droppedBytes: number;
}

/**
 * Reads a journal without changing or locking it; a missing file is an empty one.
 *
 * @throws FileOperationError with the code `DATA_CORRUPTION` (exit code 3) when an entry is
 * damaged and not the last, or when `parse` refuses it.
 */
export async function readJournal<T>(
  path: string,
  parse: ParseEntry<T>,
): Promise<JournalContent<T>> {
  const { entries, droppedBytes } = await loadJournal(path, parse);
  return { entries, droppedBytes };
}

/** Reads and checks a journal; `validBytes` is where its next line belongs. */
export async function loadJournal<T>(
  path: string,
  parse: ParseEntry<T>,
): Promise<JournalContent<T> & { validBytes: number }> {
  const { entries, validBytes, tornBytes } = scanJournal(await readIfThere(path), path);
  const parsed = entries.map((entry, index) => {
    try {
      return parse(entry);
    } catch (error) {
      throw new FileOperationError(
        `Cannot read the journal '${path}' as line ${index + 1} is not understood: ` +
          `${errorReason(error)}; use the version of opsdeck that wrote it, or move it away`,
        {
          code: "DATA_CORRUPTION",
          category: ErrorCategory.DATA_CORRUPTION,
          severity: ErrorSeverity.CRITICAL,
          exitCode: ExitCode.localStore,
          context: { file_path: path },
          cause: error,
        },
      );
    }
  });
  return { entries: parsed, validBytes, droppedBytes: tornBytes };
}

async function readIfThere(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw toFileError(error, "read", path);
  }
}
