/** The files of data requests: finding, downloading and restoring them. */

export { configuredDistricts } from "./configured_districts.ts";
export { downloadRequestFiles, type DownloadSettings } from "./download_files.ts";
export {
  districtScope,
  FileManager,
  type FileManagerOptions,
  type SftpConnectionOptions,
} from "./file_manager.ts";
export type {
  DownloadOptions,
  FileSources,
  FileWorkOptions,
  RestoreOptions,
} from "./file_options.ts";
export {
  type DownloadOutcome,
  exitCodeOfOutcomes,
  type Failure,
  type FileOutcome,
  type RestoreOutcome,
} from "./file_outcome.ts";
export {
  type AnyOutcome,
  fileLines,
  type FileReport,
  fileReport,
  fileReportText,
} from "./file_report.ts";
export { restoreRequestFiles, type RestoreSettings } from "./restore_files.ts";
