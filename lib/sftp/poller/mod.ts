/** The poller: from uploaded PDFs to a receiver that gets each of them exactly once. */

export type { FailedBatch, WaitingBatch } from "./batch_report.ts";
export { claimedFileGone } from "./claim_file.ts";
export { checkTimeZone, dayFolderName } from "./day_folder.ts";
export { apiTarget, deliverToApi, type DocumentApi, readDocumentApi } from "./document_api.ts";
export type { BatchFile, Deliver, FileBatch } from "./file_batch.ts";
export { pollEvery, type PollEveryOptions } from "./poll_every.ts";
export { checkPollOptions, type PollFlags } from "./poll_options.ts";
export { type PollNeeds, pollPermissions, pollStatusPermissions } from "./poll_permissions.ts";
export { pollProject } from "./poll_project.ts";
export {
  type PollProject,
  type PollProjectOptions,
  readPollProjects,
} from "./poll_project_settings.ts";
export { type BatchReceiver, type PollJobOptions, pollProjects } from "./poll_projects.ts";
export { type FileProblem, isFlawlessPass, isQuietPass, type PollReport } from "./poll_report.ts";
export { pollReportText } from "./poll_report_text.ts";
export { type PassOptions, type PassOutcome, Poller, type PollerOptions } from "./poller.ts";
export {
  type PollerConfig,
  type PollerConfigOverrides,
  readPollerConfig,
} from "./poller_config.ts";
export type { Connect, PollerConnection } from "./poller_connection.ts";
export { pollerJournalPath } from "./poller_ledger.ts";
export type { ClaimStage, LastPass } from "./poller_state.ts";
export {
  type FileInHand,
  type PollerStatus,
  pollerStatusText,
  readPollerStatus,
} from "./poller_status.ts";
export { type PreviewOptions, previewPoll } from "./preview_poll.ts";
export type { SetAsideFile, UnstableFile, UnstableReason } from "./source_files.ts";
