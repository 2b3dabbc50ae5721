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
  };
  await using tracker = dryRun ? undefined : await CsvTracker.open(csvPath, { columns, signal });
  for (const rowId of new Set(rowIds)) {
    signal.throwIfAborted();
    try {
      const isThere = tracker === undefined
        ? await findRowById(rowId, csvPath, { columns, signal }) !== null
        : await tracker.reset(rowId, downloadType);
      (isThere ? report.reset : report.not_found).push(rowId);
    } catch (error) {
      if (!(error instanceof OpsdeckError) || error.code !== "ROW_CLAIMED") throw error;
      report.refused.push({ row_id: rowId, reason: errorReason(error) });
    }
  }
  return report;
}

/** Writes the report for people. */
export function resetText({ dry_run, reset, not_found, refused }: ResetReport): string {
  const lines: string[] = [];
  if (reset.length > 0) lines.push(`${dry_run ? "Would reset" : "Reset"} ${reset.join(", ")}`);
  if (not_found.length > 0) lines.push(`No row has the id ${not_found.join(", ")}`);
  return [...lines, ...refused.map(({ reason }) => reason)].map(singleLine).join("\n");
}
