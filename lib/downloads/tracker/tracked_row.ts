/** One row of the CSV with its tracking columns. */

import type { DownloadType } from "../download_type.ts";
import { RowContext } from "../row_context.ts";
import type { CsvCursor } from "./csv/csv_cursor.ts";
import type { TrackingCells } from "./row_state.ts";
import { type ColumnPlaces, downloadTypes, trackingColumns } from "./tracking_columns.ts";

/** A row with all that opsdeck knows of it. */
export interface TrackedRow {
  /** Who it is about. */
  context: RowContext;
  /** What it asks for: addresses, empty where there is none. */
  urls: Record<DownloadType, string>;
  /** Its tracking columns. */
  cells: TrackingCells;
}

/** Reads the row at which a cursor stands. */
export function readTrackedRow(
  cursor: CsvCursor,
  columns: ColumnPlaces,
  rowIndex = cursor.rowIndex,
): TrackedRow {
  const text = (field: number | undefined) => field === undefined ? "" : cursor.text(field);
  const context = new RowContext({
    row_id: cursor.text(columns.row_id),
    row_index: rowIndex,
    type: cursor.text(columns.type),
    name: cursor.text(columns.name),
    email: cursor.text(columns.email),
  });
  const { youtube, drive } = columns.content;
  const cells: TrackingCells = {};
  for (const column of trackingColumns) cells[column] = text(columns.tracking[column]);
  return { context, urls: { youtube: text(youtube).trim(), drive: text(drive).trim() }, cells };
}

/** Gives the kinds of download for which a row has an address. */
export function typesWithContent({ urls }: Pick<TrackedRow, "urls">): DownloadType[] {
  return downloadTypes.filter((type) => urls[type] !== "");
}
