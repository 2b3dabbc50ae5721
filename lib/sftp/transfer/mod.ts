/** Moving whole files to and from a server. */

export { filesInFlight } from "./flight_plan.ts";
export { isPartName } from "./part_name.ts";
export { type CopiedFile, type CopyOptions, RemoteCopier } from "./remote_copier.ts";
export { removeStaleParts, type StalePartsOptions } from "./stale_parts.ts";
export {
  downloadFile,
  downloadFiles,
  previewDownloads,
  previewUploads,
  type TransferFileOptions,
  uploadFile,
  uploadFiles,
} from "./transfer_files.ts";
export type {
  FailedFile,
  FileOutcome,
  FilePair,
  PlannedFile,
  TransferManyOptions,
  TransferOptions,
  TransferProgress,
  TransferredFile,
} from "./transfer_options.ts";
