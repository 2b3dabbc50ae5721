/** The service of the reference. */

export { type CallApiOptions, SftpService, type SftpServiceOptions } from "./sftp_service.ts";
export type { FetchFileOptions, StoreFileOptions } from "./single_files.ts";
export { isFileFullyUploaded, type UploadCheckOptions } from "./upload_check.ts";
