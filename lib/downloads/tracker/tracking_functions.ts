/**
 * The tracking functions of the reference. Each may be called alone: it opens the CSV, does its
 * work, folds it in and closes. While this process has the CSV open as a {@link CsvTracker}, they
 * work through that one, which is what makes many updates cheap.
 */

import type { DownloadResult } from "../download_result.ts";
import type { DownloadType } from "../download_type.ts";
import { CsvTracker } from "./csv_tracker.ts";
import type { CsvTrackerOptions } from "./tracker_options.ts";
import type { DownloadChoice } from "./tracking_columns.ts";

/**
 * Adds the tracking columns that a CSV lacks, at the end of each row; rows with an address begin as
 * `pending`.
 *
 * @returns whether any was missing
 * @throws the errors of {@link CsvTracker.open} and {@link CsvTracker.checkpoint}
 */
export async function ensureTrackingColumns(
  csvPath: string = "output.csv",
  options: CsvTrackerOptions = {},
): Promise<boolean> {
  return await withTracker(csvPath, options, (tracker) => tracker.ensureTrackingColumns());
}

/**
 * Records the result of a download in its row, as {@link CsvTracker.update} does.
 *
 * @throws the errors of {@link CsvTracker.open}, {@link CsvTracker.update} and, where no tracker is
 * open, {@link CsvTracker.checkpoint}
 */
export async function updateCsvDownloadStatus(
  rowIndex: number,
  downloadType: DownloadType,
  result: DownloadResult,
  csvPath: string = "output.csv",
  options: CsvTrackerOptions = {},
): Promise<void> {
  await withTracker(
    csvPath,
    options,
    (tracker) => tracker.update(rowIndex, downloadType, result),
  );
}

/**
 * Makes a row look as if nothing had been downloaded for it, as {@link CsvTracker.reset} does.
 *
 * @returns false when there is no such row
 */
export async function resetDownloadStatus(
  rowId: string,
  downloadType: DownloadChoice,
  csvPath: string = "output.csv",
  options: CsvTrackerOptions = {},
): Promise<boolean> {
  return await withTracker(csvPath, options, (tracker) => tracker.reset(rowId, downloadType));
}

async function withTracker<T>(
  csvPath: string,
  options: CsvTrackerOptions,
  work: (tracker: CsvTracker) => Promise<T>,
): Promise<T> {
  const open = await CsvTracker.findOpen(csvPath, options.columns);
  if (open !== undefined) return await work(open);
  const tracker = await CsvTracker.open(csvPath, options);
  let result: T;
  try {
    result = await work(tracker);
  } catch (error) {
    await tracker.close().catch(() => {}); // the first error says more
    throw error;
  }
  await tracker.close();
  return result;
}
