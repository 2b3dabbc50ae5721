/** A CSV that was read to its end, and what it becomes. */

import { getLogger, writeFileAtomic } from "../../core/mod.ts";
import { type FileIdentity, identityOf, isSameContent } from "./csv_identity.ts";
import { FoldedCsv } from "./folded_csv.ts";
import { openForReading, requireWritable } from "./open_csv.ts";
import type { PendingChanges } from "./pending_changes.ts";
import { RowIndex } from "./row_index.ts";
import type { CsvColumns } from "./tracking_columns.ts";

const log = getLogger("downloads");

/** The index of one content of a CSV. */
export interface LoadedCsv {
  index: RowIndex;
  identity: FileIdentity;
}

/** What a fold has done. */
export interface FoldReport {
  /** How many rows got new texts. */
  rows: number;
  /** How many tracking columns were added. */
  columns: number;
  /** The changed rows that are no longer in the CSV: their changes went with them. */
  missing_rows: string[];
}

/** Reads a CSV; undefined when somebody has changed it meanwhile. */
export async function loadCsv(
  path: string,
  columns: CsvColumns,
  signal: AbortSignal | undefined,
): Promise<LoadedCsv | undefined> {
  await requireWritable(path);
  const file = await openForReading(path);
  try {
    const identity = identityOf(await file.stat());
    const index = await RowIndex.build(file, columns, { path, signal });
    if (isSameContent(identity, identityOf(await file.stat()))) return { index, identity };
  } catch (error) {
    file.close();
    throw error;
  }
  file.close();
  return undefined;
}

/**
 * Replaces a CSV by itself with changes folded in; undefined when it is not the one any more that
 * was read, and then nothing is changed.
 *
 * @param identityNow what the file system says of the CSV
 */
export async function replaceCsv(
  path: string,
  { loaded, changes, columns }: {
    loaded: LoadedCsv;
    changes: PendingChanges;
    columns: CsvColumns;
  },
  identityNow: () => FileIdentity,
): Promise<FoldReport | undefined> {
  const folded = new FoldedCsv(changes);
  using file = await openForReading(path);
  if (!isSameContent(loaded.identity, identityOf(await file.stat()))) return undefined;
  let isLate = false;
  try {
    await writeFileAtomic(path, folded.bytes(file, columns, { path }), {
      beforeReplace() {
        isLate = !isSameContent(loaded.identity, identityNow());
        if (isLate) throw new Error("the file was changed meanwhile");
      },
    });
  } catch (error) {
    if (isLate) return undefined;
    throw error;
  }
  for (const rowId of folded.missingRows) {
    log.warning("The row {rowId} is no longer in {path}: what was recorded for it is dropped", {
      rowId,
      path,
    });
  }
  return { ...folded.count, missing_rows: folded.missingRows };
}
