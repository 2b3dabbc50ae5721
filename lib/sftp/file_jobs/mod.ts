/** The jobs of `sftp-files`. */

export { confirmRemoval, type ConfirmRemovalOptions } from "./confirm_removal.ts";
export {
  type FileReport,
  type FilesReport,
  filesReportText,
  type JobOutcome,
} from "./file_report.ts";
export {
  type ListedEntry,
  listFiles,
  type ListJobOptions,
  type ListOrder,
  listOrders,
  type ListOutcome,
  type ListReport,
  listText,
} from "./list_job.ts";
export { removeFiles, type RemoveJobOptions } from "./remove_job.ts";
export { localPlaces } from "./local_places.ts";
export type { FailedPath, SelectedEntry, Selection, SetAside } from "./selection.ts";
export { ServerAccess, type ServerAccessOptions } from "./server_access.ts";
export { getFiles, putFiles, type TransferJobOptions } from "./transfer_job.ts";
