/** Resetting several rows. */

import { errorReason, OpsdeckError, ValidationError } from "../../core/mod.ts";
import { singleLine } from "../../core/command_line/mod.ts";
import { type CsvColumns, CsvTracker, type DownloadChoice, findRowById } from "../tracker/mod.ts";

/** What {@link resetRows} is told. */
export interface ResetOptions {
  /** The CSV. */
  csvPath: string;
  /** The names of its columns. */
  columns: CsvColumns;
  /** Which downloads. */
  downloadType: DownloadChoice;
  /** Only looks which rows there are. */
  dryRun: boolean;
  /** Ends it between two rows; those before it are reset. */
  signal: AbortSignal;
}

/** What became of the rows. */
export interface ResetReport {
  /** Whether nothing was done. */
  dry_run: boolean;
  /** Which downloads. */
  type: DownloadChoice;
  /** The rows that were reset, or would be. */
  reset: string[];
  /** The ids that no row has. */
  not_found: string[];
  /** The rows that a process is at, and why they were left alone. */
  refused: { row_id: string; reason: string }[];
  /** Why the CSV does not show it yet, which stays in its journal; null when it does. */
  not_folded: string | null;
}

/**
 * Makes rows look as if nothing had been downloaded for them. One that cannot be reset does not
 * stop the others.
 *
 * @throws ValidationError without an id; the errors of `CsvTracker.open`
 */
export async function resetRows(
  rowIds: readonly string[],
  options: ResetOptions,
): Promise<ResetReport> {
  const { csvPath, columns, downloadType, dryRun, signal } = options;
  if (rowIds.length === 0) {
    throw new ValidationError("give the ids of the rows to reset", { code: "USAGE" });
  }
  const report: ResetReport = {
    dry_run: dryRun,
    type: downloadType,
    reset: [],
    not_found: [],
    refused: [],
    not_folded: null,
  };
  const tracker = dryRun ? undefined : await CsvTracker.open(csvPath, { columns, signal });
  const resetOne = async (rowId: string) =>
    tracker === undefined
      ? await findRowById(rowId, csvPath, { columns, signal }) !== null
      : await tracker.reset(rowId, downloadType);
  try {
    for (const rowId of new Set(rowIds)) {
      signal.throwIfAborted();
      await addRow(report, rowId, resetOne);
    }
  } catch (error) {
    await tracker?.close().catch(() => {}); // the first error says more
    throw error;
  }
  try {
    await tracker?.close();
  } catch (error) {
    // All is in the journal, durable: what was done is to be told all the same.
    report.not_folded = errorReason(error);
  }
  return report;
}

/** Whether all rows were reset, and the CSV shows it. */
export function isFlawlessReset({ not_found, refused, not_folded }: ResetReport): boolean {
  return not_found.length + refused.length === 0 && not_folded === null;
}

async function addRow(
  report: ResetReport,
  rowId: string,
  resetOne: (rowId: string) => Promise<boolean>,
): Promise<void> {
  try {
    (await resetOne(rowId) ? report.reset : report.not_found).push(rowId);
  } catch (error) {
    if (!(error instanceof OpsdeckError) || error.code !== "ROW_CLAIMED") throw error;
    report.refused.push({ row_id: rowId, reason: errorReason(error) });
  }
}

/** Writes the report for people. */
export function resetText(report: ResetReport): string {
  const { dry_run, reset, not_found, refused, not_folded } = report;
  const lines: string[] = [];
  if (reset.length > 0) lines.push(`${dry_run ? "Would reset" : "Reset"} ${reset.join(", ")}`);
  if (not_found.length > 0) lines.push(`No row has the id ${not_found.join(", ")}`);
  if (!dry_run && reset.length > 0) {
    lines.push(
      "Files that are there stay, and the next run keeps the whole ones: run --force replaces them",
    );
  }
  if (not_folded !== null) lines.push(`It stays in the CSV's journal: ${not_folded}`);
  return [...lines, ...refused.map(({ reason }) => reason)].map(singleLine).join("\n");
}
