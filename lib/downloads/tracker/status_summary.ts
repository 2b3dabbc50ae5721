/** How far the downloads of a CSV are. */

import type { DownloadType } from "../download_type.ts";
import { CsvSnapshot, type ReadCsvOptions, type RowBatch } from "./csv_snapshot.ts";
import { rowLocks } from "./row_locks.ts";
import { type DownloadStatus, parseStatus, type TrackingCells } from "./row_state.ts";
import { downloadTypes } from "./tracking_columns.ts";

/** The rows that ask for one kind of download, by their status. */
export interface DownloadCounts {
  /** Rows with an address. */
  has_content: number;
  /** To be downloaded, `downloading` ones that nobody is at included. */
  pending: number;
  /** Being downloaded by a process at this moment. */
  downloading: number;
  /** Downloaded. */
  completed: number;
  /** Failed at the last attempt. */
  failed: number;
  /** With a status that is none of opsdeck's; such rows are left alone. */
  other: number;
}

/** What {@link getDownloadStatusSummary} gives. */
export interface DownloadStatusSummary {
  /** All rows of the CSV. */
  total_rows: number;
  /** The rows with an address of a video or playlist. */
  youtube: DownloadCounts;
  /** The rows with an address on Drive. */
  drive: DownloadCounts;
}

const encoder = new TextEncoder();
const words = (["pending", "completed", "failed", "downloading"] as const)
  .map((status) => ({ status, bytes: encoder.encode(status) }));

/**
 * Counts the rows of a CSV by the status of their downloads, the journal's updates included. Reads
 * the file once with a few MiB of memory, whatever its size, and writes nothing.
 *
 * @throws FileOperationError when the CSV cannot be read.
 * @throws ValidationError with the code `CSV_INVALID` when it is no proper CSV.
 */
export async function getDownloadStatusSummary(
  csvPath: string = "output.csv",
  options: ReadCsvOptions = {},
): Promise<DownloadStatusSummary> {
  using snapshot = await CsvSnapshot.open(csvPath, options);
  const locks = rowLocks(snapshot.path);
  const summary: DownloadStatusSummary = { total_rows: 0, youtube: noRows(), drive: noRows() };
  const atWork: { type: DownloadType; rowId: string }[] = [];
  for await (const batch of snapshot.rows()) {
    const { cursor, columns } = batch;
    while (cursor.advance()) {
      summary.total_rows++;
      const changes = snapshot.changesOf(batch);
      for (const type of downloadTypes) {
        const content = columns.content[type];
        if (content === undefined || cursor.isBlank(content)) continue;
        const counts = summary[type];
        counts.has_content++;
        const status = statusOf(batch, type, changes);
        if (status === "downloading") atWork.push({ type, rowId: cursor.text(columns.row_id) });
        else counts[status]++;
      }
    }
  }
  for (const { type, rowId } of atWork) {
    summary[type][await locks.isHeld(rowId) ? "downloading" : "pending"]++;
  }
  return summary;
}

/** Most rows say one of four words, which are told apart without making text of them. */
function statusOf(
  { cursor, columns }: RowBatch,
  type: DownloadType,
  changes: TrackingCells | undefined,
): DownloadStatus {
  const column = `${type}_status` as const;
  const changed = changes?.[column];
  if (changed !== undefined) return parseStatus(changed);
  const field = columns.tracking[column];
  if (field === undefined || cursor.isBlank(field)) return "pending";
  const word = words.find(({ bytes }) => cursor.isExactly(field, bytes));
  return word?.status ?? parseStatus(cursor.text(field));
}

function noRows(): DownloadCounts {
  return { has_content: 0, pending: 0, downloading: 0, completed: 0, failed: 0, other: 0 };
}
