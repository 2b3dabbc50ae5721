/** Downloads that belong to rows of a CSV: its tracking, YouTube, Drive, monitoring. */

export * from "./commands/mod.ts";
export * from "./download_options.ts";
export * from "./download_permissions.ts";
export type * from "./download_progress.ts";
export * from "./download_result.ts";
export * from "./download_settings.ts";
export type * from "./download_type.ts";
export * from "./drive/mod.ts";
export * from "./environment/mod.ts";
export * from "./error_drill.ts";
export {
  classifyDrivePage,
  classifyYtdlpFailure,
  drivePageRules,
  type DrivePageWords,
  type FailureMeaning,
  type FailureRule,
  type YtdlpOutcome,
  ytdlpRules,
} from "./failures/mod.ts";
export * from "./item_result.ts";
export * from "./monitor/mod.ts";
export {
  attemptsFolderName,
  type FileMetadata,
  metadataSuffix,
  readMetadataFile,
  type SourceDetails,
} from "./publishing/mod.ts";
export * from "./row_context.ts";
export * from "./run/mod.ts";
export * from "./tracker/mod.ts";
export * from "./youtube/mod.ts";
