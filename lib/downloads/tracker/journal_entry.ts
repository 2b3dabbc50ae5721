/** What the tracker's journal says: new texts of tracking columns, by row id. */

import { type TrackingCells } from "./row_state.ts";
import { trackingColumns } from "./tracking_columns.ts";

/** New texts of some tracking columns of one row. Applying one twice is the same as once. */
export interface JournalEntry {
  /** The row's id. */
  row: string;
  /** The row's personality type at the time: another one later means that the row was mixed up. */
  type: string;
  /** Whether earlier entries of the row no longer count. */
  reset?: true;
  /** The new texts. */
  cells: TrackingCells;
}

/**
 * Reads an entry.
 *
 * @throws Error when it is none.
 */
export function parseJournalEntry(value: unknown): JournalEntry {
  const { row, type, reset, cells } = asRecord(value);
  if (typeof row !== "string" || typeof type !== "string") throw new Error("it names no row");
  if (reset !== undefined && reset !== true) throw new Error('"reset" is not true');
  const parsed: TrackingCells = {};
  for (const [name, text] of Object.entries(asRecord(cells))) {
    const column = trackingColumns.find((one) => one === name);
    if (column === undefined) throw new Error(`there is no column "${name}"`);
    if (typeof text !== "string") throw new Error(`"${name}" is not text`);
    parsed[column] = text;
  }
  return { row, type, ...(reset && { reset }), cells: parsed };
}

function asRecord(value: unknown): Partial<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new Error("it is not an object");
  return { ...value };
}
