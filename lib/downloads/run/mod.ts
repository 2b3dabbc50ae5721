/** The main workflow of downloads. */

export type { DownloadJob } from "./download_job.ts";
export type { DownloadOutcome } from "./download_outcome.ts";
export {
  type PreviewedDownload,
  previewRun,
  type RunPreview,
  runPreviewText,
} from "./preview_run.ts";
export { runDownloads } from "./run_downloads.ts";
export type { RunSettings, RunWatch } from "./run_options.ts";
export { type DownloadRunReport, isFlawlessRun, outcomeText, runReportText } from "./run_report.ts";
export type { HostTally } from "./run_tally.ts";
export { watchRun } from "./watch_run.ts";
