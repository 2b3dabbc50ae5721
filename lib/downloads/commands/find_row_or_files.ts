/** From a file to its row, and from a row to its files. */

import { join } from "@std/path";
import { resolveCallerPath, toFileError, ValidationError } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";
import type { RowContext } from "../row_context.ts";
import {
  type CsvColumns,
  downloadTypes,
  findRowByFile,
  findRowById,
  type RowDownloads,
} from "../tracker/mod.ts";
import { rowText } from "./status_text.ts";

/** A file that a row lists. */
export interface ListedFile {
  /** Its name. */
  file: string;
  /** Which of the row's downloads it belongs to. */
  download_type: DownloadType;
  /** Whether it is in the folder of downloads. */
  exists: boolean;
}

/** What {@link findRowOrFiles} gives. */
export interface FoundRow {
  /** Whether there is such a row, or such a file with a row. */
  found: boolean;
  /** The file that was asked for; null when a row was. */
  file: string | null;
  /** The row as it was when the file was downloaded; null when a row was asked for. */
  row_context: RowContext | null;
  /** The row as it is now; null when the CSV has none with that id. */
  row: RowDownloads | null;
  /** The files that the row lists now. */
  files: ListedFile[];
}

/** Where {@link findRowOrFiles} looks. */
export interface FindOptions {
  /** The CSV. */
  csvPath: string;
  /** The names of its columns. */
  columns: CsvColumns;
  /** The folder of downloads. */
  downloadsDir: string;
  /** Ends the search. */
  signal: AbortSignal;
}

/**
 * Finds the row of a file by its metadata, or the files of a row by the CSV.
 *
 * @throws ValidationError unless either one file or a row's id is given; the errors of
 * `findRowByFile` and `findRowById`
 */
export async function findRowOrFiles(
  { file, rowId }: { file: readonly string[]; rowId: string | undefined },
  options: FindOptions,
): Promise<FoundRow> {
  const { csvPath, columns, downloadsDir, signal } = options;
  const [name, ...more] = file;
  if (more.length > 0 || (name === undefined) === (rowId === undefined)) {
    throw new ValidationError("give one file, or --row ROW_ID", { code: "USAGE" });
  }
  const row_context = name === undefined
    ? null
    : await findRowByFile(name, downloadsDir, { signal });
  const id = row_context?.row_id ?? rowId;
  const row = id === undefined ? null : await findRowById(id, csvPath, { columns, signal });
  const files = row === null ? [] : await Promise.all(
    downloadTypes.flatMap((download_type) =>
      row[download_type].files.map(async (file) => ({
        file,
        download_type,
        exists: await isFile(join(resolveCallerPath(downloadsDir), file)),
      }))
    ),
  );
  return {
    found: row_context !== null || row !== null,
    file: name ?? null,
    row_context,
    row,
    files,
  };
}

/** Writes what was found for people. */
export function foundText({ found, file, row_context, row, files }: FoundRow): string {
  if (!found) return file === null ? "No such row" : `No row is known for ${file}`;
  if (row === null) {
    return `${file} belongs to row ${row_context?.row_id}, which the CSV has no more`;
  }
  const missing = files.filter(({ exists }) => !exists).map(({ file }) => file);
  return missing.length === 0
    ? rowText(row)
    : `${rowText(row)}\nnot in the folder of downloads: ${missing.join(", ")}`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw toFileError(error, "look at", path);
  }
}
