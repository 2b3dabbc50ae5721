/** What the CSV says of one row, and of its columns: from a row to its files. */

import type { DownloadType } from "../download_type.ts";
import type { RowContext } from "../row_context.ts";
import { CsvSnapshot, type ReadCsvOptions } from "./csv_snapshot.ts";
import { type FailedAttempt, parseErrorHistory } from "./error_history.ts";
import {
  type DownloadStatus,
  failedAttempts,
  listedFiles,
  parseStatus,
  type TrackingCells,
} from "./row_state.ts";
import { readTrackedRow } from "./tracked_row.ts";
import { type TrackingColumn, trackingColumns } from "./tracking_columns.ts";

/** How far one download of a row is. */
export interface RowDownloadState {
  /** From where; empty when the row asks for no such download. */
  url: string;
  /** What its status column says. */
  status: DownloadStatus;
  /** The names of its files. */
  files: string[];
  /** The media id; empty when it is not known. */
  media_id: string;
  /** How many attempts have failed. */
  failed_attempts: number;
  /** The last of these, oldest first. */
  errors: FailedAttempt[];
}

/** A row with its downloads. */
export interface RowDownloads extends Record<DownloadType, RowDownloadState> {
  /** The row. */
  row_context: RowContext;
  /** When it was last tried; empty when it never was. */
  last_download_attempt: string;
}

/**
 * Reads one row by its id, the journal's updates included. It takes no lock and writes nothing.
 *
 * @returns null when there is no such row
 * @throws FileOperationError when the CSV cannot be read.
 * @throws ValidationError with the code `CSV_INVALID` when it is no proper CSV.
 */
export async function findRowById(
  rowId: string,
  csvPath: string = "output.csv",
  options: ReadCsvOptions = {},
): Promise<RowDownloads | null> {
  using snapshot = await CsvSnapshot.open(csvPath, options);
  for await (const batch of snapshot.rows()) {
    while (batch.cursor.advance()) {
      if (batch.cursor.text(batch.columns.row_id) !== rowId) continue;
      const { context, urls, cells } = readTrackedRow(batch.cursor, batch.columns);
      const latest = { ...cells, ...snapshot.changesOf(batch) };
      return {
        row_context: context,
        youtube: stateOf(latest, "youtube", urls.youtube),
        drive: stateOf(latest, "drive", urls.drive),
        last_download_attempt: latest.last_download_attempt ?? "",
      };
    }
  }
  return null;
}

/**
 * Tells which tracking columns a CSV lacks: what `ensureTrackingColumns` would add. It reads the
 * header only.
 *
 * @throws as {@link findRowById} does
 */
export async function missingTrackingColumns(
  csvPath: string = "output.csv",
  options: ReadCsvOptions = {},
): Promise<TrackingColumn[]> {
  using snapshot = await CsvSnapshot.open(csvPath, options);
  for await (const { columns } of snapshot.rows()) {
    return trackingColumns.filter((column) => columns.tracking[column] === undefined);
  }
  return [];
}

function stateOf(cells: TrackingCells, type: DownloadType, url: string): RowDownloadState {
  return {
    url,
    status: parseStatus(cells[`${type}_status`] ?? ""),
    files: listedFiles(cells[`${type}_files`] ?? ""),
    media_id: cells[`${type}_media_id`] ?? "",
    failed_attempts: failedAttempts(cells, type),
    errors: parseErrorHistory(cells.download_errors ?? "")
      .filter(({ download_type }) => download_type === type),
  };
}
