/** Which rows still want downloads. */

import { ValidationError } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";
import { RowContext } from "../row_context.ts";
import { CsvSnapshot, type ReadCsvOptions } from "./csv_snapshot.ts";
import { rowLocks } from "./row_locks.ts";
import { failedAttempts, isWanted, parseStatus, requireDownloadChoice } from "./row_state.ts";
import { readTrackedRow, typesWithContent } from "./tracked_row.ts";
import { chosenTypes, contentColumns, type DownloadChoice } from "./tracking_columns.ts";

/** One download that a row wants. */
export interface PendingDownload {
  /** What is to be downloaded. */
  download_type: DownloadType;
  /** From where: the text of the CSV, which nobody has checked. */
  url: string;
  /** What its status column says; a failed one is tried again. */
  status: "pending" | "failed";
  /** How many attempts have failed so far. */
  failed_attempts: number;
}

/** A row that wants downloads. */
export class PendingRow extends RowContext {
  /** What it wants; at least one. */
  readonly downloads: readonly PendingDownload[];

  /** Makes a pending row. */
  constructor(row: RowContext, downloads: readonly PendingDownload[]) {
    super(row);
    this.downloads = downloads;
  }
}

/** How {@link getPendingDownloads} reads. */
export interface PendingDownloadsOptions extends ReadCsvOptions {
  /** The most rows to give. Defaults to all. */
  limit?: number;
}

/**
 * Lists the rows that want downloads, in file order, the journal's updates included. It takes no
 * lock and writes nothing.
 *
 * A row wants a download when it has an address for it and its status is empty or `pending`, or
 * `downloading` while no process is at it, or `failed` with attempts left.
 *
 * @param downloadType which downloads count
 * @param includeFailed whether failed downloads are tried again
 * @param retryAttempts how many attempts there may be in all, at least 1
 * @throws FileOperationError when the CSV cannot be read.
 * @throws ValidationError when an argument is out of range, with the code `CSV_INVALID` when it is
 * no proper CSV or has no column for the downloads that are asked for.
 */
export async function getPendingDownloads(
  csvPath: string = "output.csv",
  downloadType: DownloadChoice = "both",
  includeFailed: boolean = true,
  retryAttempts: number = 3,
  options: PendingDownloadsOptions = {},
): Promise<PendingRow[]> {
  requireDownloadChoice(downloadType);
  requireWhole("retry attempts", retryAttempts);
  const { limit = Infinity } = options;
  if (limit !== Infinity) requireWhole("limit", limit);
  const rule = { includeFailed, retryAttempts };
  using snapshot = await CsvSnapshot.open(csvPath, options);
  const locks = rowLocks(snapshot.path);
  const types = chosenTypes(downloadType);
  const pending: PendingRow[] = [];
  for await (const batch of snapshot.rows()) {
    const { cursor, columns } = batch;
    const withColumn = types.filter((type) => columns.content[type] !== undefined);
    if (withColumn.length === 0) throw noColumn(snapshot.path, types);
    while (pending.length < limit && cursor.advance()) {
      if (withColumn.every((type) => cursor.isBlank(columns.content[type] ?? 0))) continue;
      const row = readTrackedRow(cursor, columns);
      const cells = { ...row.cells, ...snapshot.changesOf(batch) };
      const wanted = typesWithContent(row)
        .filter((type) => types.includes(type) && isWanted(cells, type, rule));
      if (wanted.length === 0) continue;
      const statuses = wanted.map((type) => parseStatus(cells[`${type}_status`] ?? ""));
      if (statuses.includes("downloading") && await locks.isHeld(row.context.row_id)) continue;
      pending.push(
        new PendingRow(
          row.context,
          wanted.map((type, place) => ({
            download_type: type,
            url: row.urls[type],
            status: statuses[place] === "failed" ? "failed" : "pending",
            failed_attempts: failedAttempts(cells, type),
          })),
        ),
      );
    }
    if (pending.length >= limit) break;
  }
  return pending;
}

function requireWhole(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ValidationError(
    `Cannot list downloads as the ${what} must be a whole number from 1: it is ${value}`,
  );
}

function noColumn(path: string, types: readonly DownloadType[]): ValidationError {
  const columns = types.map((type) => `"${contentColumns[type]}"`).join(" or ");
  return new ValidationError(
    `Cannot list downloads of '${path}' as it has no column ${columns}; rename a column, or set ` +
      "the name that the column has",
    { code: "CSV_INVALID", context: { file_path: path } },
  );
}
