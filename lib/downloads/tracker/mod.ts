/** Tracking of downloads in the CSV that asks for them, every other byte of which stays as it is. */

export type { CheckpointLimits } from "./checkpoint_pace.ts";
export * from "./column_settings.ts";
export { CsvTracker } from "./csv_tracker.ts";
export type { ReadCsvOptions } from "./csv_snapshot.ts";
export type { FoldReport } from "./loaded_csv.ts";
export { type FailedAttempt, parseErrorHistory } from "./error_history.ts";
export * from "./failed_downloads.ts";
export * from "./find_row.ts";
export * from "./find_row_by_file.ts";
export * from "./pending_downloads.ts";
export { RowClaim } from "./row_claim.ts";
export type { DownloadStatus, RetryRule } from "./row_state.ts";
export type { ClaimedDownload, RowKey } from "./row_updates.ts";
export * from "./status_summary.ts";
export type { CsvTrackerOptions } from "./tracker_options.ts";
export * from "./tracking_functions.ts";
export {
  chosenTypes,
  type CsvColumns,
  defaultCsvColumns,
  type DownloadChoice,
  downloadTypes,
  type TrackingColumn,
  trackingColumns,
} from "./tracking_columns.ts";
export * from "./validate_csv_integrity.ts";
