/** What is written to the journal of a CSV that is locked, for each thing that happens to a row. */

import { ValidationError } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";
import type { DownloadResult } from "../download_result.ts";
import type { RowContextFields } from "../row_context.ts";
import type { LockedCsv } from "./csv_store.ts";
import { typeChanged } from "./folded_csv.ts";
import {
  cellsAfterReset,
  cellsAfterResult,
  failedAttempts,
  isWanted,
  parseStatus,
  type RetryRule,
  type TrackingCells,
} from "./row_state.ts";
import { readTrackedRow, type TrackedRow, typesWithContent } from "./tracked_row.ts";
import { chosenTypes, type DownloadChoice } from "./tracking_columns.ts";

/** One download that a claim is for. */
export interface ClaimedDownload {
  /** What is to be downloaded. */
  download_type: DownloadType;
  /** From where: the text of the CSV, which nobody has checked. */
  url: string;
  /** How many attempts have failed so far. */
  failed_attempts: number;
  /** What the status column said before the claim. */
  earlier_status: string;
}

/** The row that somebody is at. */
export type RowKey = Pick<RowContextFields, "row_id" | "row_index" | "type">;

/**
 * Records a result.
 *
 * @throws ValidationError with the code `ROW_NOT_FOUND`, or `DATA_CORRUPTION` when the row's type
 * is another one.
 */
export async function recordResult(
  csv: LockedCsv,
  downloadType: DownloadType,
  result: DownloadResult,
  { rowIndex, now }: { rowIndex: number; now: Date },
): Promise<void> {
  const { row_id, type } = result.row_context;
  const row = await findSameRow(csv, { row_id, row_index: rowIndex, type });
  if (row === undefined) {
    throw new ValidationError(
      `Cannot record the download of row ${JSON.stringify(row_id)} as the CSV has no such row ` +
        "any more; look whether somebody has removed it",
      { code: "ROW_NOT_FOUND", context: { row_id, download_type: downloadType } },
    );
  }
  append(csv, row, cellsAfterResult(row.cells, downloadType, result.getSummary(), now));
}

/** Marks what a row still wants as being downloaded; an empty list when it wants nothing. */
export async function recordClaim(
  csv: LockedCsv,
  key: RowKey,
  choice: DownloadChoice,
  rule: RetryRule,
): Promise<{ row: TrackedRow; downloads: ClaimedDownload[] } | undefined> {
  const row = await findSameRow(csv, key);
  if (row === undefined) return undefined;
  const chosen = chosenTypes(choice);
  const downloads = typesWithContent(row)
    .filter((type) => chosen.includes(type) && isWanted(row.cells, type, rule))
    .map((type) => ({
      download_type: type,
      url: row.urls[type],
      failed_attempts: failedAttempts(row.cells, type),
      earlier_status: row.cells[`${type}_status`] ?? "",
    }));
  if (downloads.length === 0) return undefined;
  const marks: TrackingCells = {};
  for (const { download_type } of downloads) marks[`${download_type}_status`] = "downloading";
  append(csv, row, marks);
  return { row, downloads };
}

/** Takes back the marks of downloads for which no result was recorded. */
export function recordRelease(
  csv: LockedCsv,
  key: RowKey,
  downloads: readonly ClaimedDownload[],
): void {
  const row = findRow(csv, key);
  if (row === undefined) return;
  const cells: TrackingCells = {};
  for (const { download_type, earlier_status } of downloads) {
    const column = `${download_type}_status` as const;
    if (parseStatus(row.cells[column] ?? "") !== "downloading") continue;
    // A mark that somebody left who died says no more than that the download is to be made.
    cells[column] = parseStatus(earlier_status) === "downloading" ? "pending" : earlier_status;
  }
  if (Object.keys(cells).length > 0) append(csv, row, cells);
}

/** Makes a row look as if nothing had been downloaded for it; false when there is no such row. */
export function recordReset(csv: LockedCsv, rowId: string, choice: DownloadChoice): boolean {
  const row = findRow(csv, { row_id: rowId });
  if (row === undefined) return false;
  // Everything that was recorded so far goes along, under the type that the row has now.
  const cleared = cellsAfterReset(row.cells, choice, typesWithContent(row));
  const cells = { ...csv.changes.of(rowId)?.cells, ...cleared };
  csv.append({ row: rowId, type: row.context.type, reset: true, cells });
  return true;
}

async function findSameRow(csv: LockedCsv, key: RowKey): Promise<TrackedRow | undefined> {
  const row = findRow(csv, key);
  if (row === undefined) return undefined;
  const { type, row_index } = row.context;
  const was = [key.type, csv.changes.of(key.row_id)?.type].find((one) => (one ?? type) !== type);
  if (was === undefined) return row;
  throw await csv.error(row_index, typeChanged(key.row_id, was, type));
}

function findRow(
  csv: LockedCsv,
  { row_id, row_index }: { row_id: string; row_index?: number },
): TrackedRow | undefined {
  const found = csv.find(row_id, row_index);
  if (found === undefined) return undefined;
  const row = readTrackedRow(found.row, csv.columns, found.rowIndex);
  return { ...row, cells: { ...row.cells, ...csv.changes.of(row_id)?.cells } };
}

function append(csv: LockedCsv, { context }: TrackedRow, cells: TrackingCells): void {
  csv.append({ row: context.row_id, type: context.type, cells });
}
