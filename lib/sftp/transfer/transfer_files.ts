/** The transfers that opsdeck offers. */

import type { SftpConnection } from "../connection/mod.ts";
import { downloadOne, previewDownload } from "./download_one.ts";
import { previewUpload } from "./preview_upload.ts";
import { transferMany, type TransferOne } from "./transfer_many.ts";
import type {
  FileOutcome,
  FilePair,
  PlannedFile,
  TransferManyOptions,
  TransferredFile,
} from "./transfer_options.ts";
import { uploadOne } from "./upload_one.ts";

/** How one file is transferred, over as many connections as it takes. */
export type TransferFileOptions = Omit<TransferManyOptions, "stopSignal" | "concurrency">;

/**
 * Downloads a file. It is written under a temporary name beside its target, checked against the
 * source's size and time, given the source's time, flushed, and renamed: under the target's name
 * there is never anything but the whole file.
 *
 * @throws FileOperationError `NO_SUCH_FILE`, `PERMISSION_DENIED`, `LOCAL_FILE_EXISTS`, `NOT_A_FILE`,
 * `SOURCE_CHANGED` (after three attempts), `CONTENT_MISMATCH`, `OPERATION_TIMEOUT`, or the operating
 * system's code (`ENOSPC` …).
 * @throws SFTPConnectionError when the connection is lost and there is no other.
 */
export async function downloadFile(
  connection: SftpConnection,
  remotePath: string,
  localPath: string,
  options: TransferFileOptions = {},
): Promise<TransferredFile> {
  return await transferFile(connection, { remotePath, localPath }, options, downloadOne);
}

/**
 * Uploads a file. It is written under a temporary name in its target's folder
 * (`.<name>.<16 hexadecimal digits>.opsdeck-part`), its size checked, given the source's time where
 * the server keeps one, and renamed.
 *
 * @throws FileOperationError as {@link downloadFile}; `REMOTE_FILE_EXISTS`; `SFTP_FAILURE`,
 * `NO_SPACE` or `QUOTA_EXCEEDED` when the server has no room.
 * @throws SFTPConnectionError when the connection is lost and there is no other.
 */
export async function uploadFile(
  connection: SftpConnection,
  localPath: string,
  remotePath: string,
  options: TransferFileOptions = {},
): Promise<TransferredFile> {
  return await transferFile(connection, { remotePath, localPath }, options, uploadOne);
}

/**
 * Downloads files, many at once, each as {@link downloadFile} does. One that fails does not stop the
 * others: there is one outcome a file, in their order.
 *
 * Rejects only with the reason of `signal`, or when a target's folder cannot be flushed.
 */
export async function downloadFiles(
  connection: SftpConnection,
  files: readonly PlannedFile[],
  options: TransferManyOptions = {},
): Promise<FileOutcome[]> {
  return await transferMany(connection, files, options, downloadOne);
}

/** Uploads files, many at once, each as {@link uploadFile} does; otherwise as {@link downloadFiles}. */
export async function uploadFiles(
  connection: SftpConnection,
  files: readonly FilePair[],
  options: TransferManyOptions = {},
): Promise<FileOutcome[]> {
  return await transferMany(connection, files, options, uploadOne);
}

/**
 * Tells what {@link downloadFiles} would do now, by looking at the targets as that does: `done` for
 * a file that would be transferred, `skipped` for one that is there already, `failed` where another
 * one is. Changes nothing.
 */
export async function previewDownloads(
  connection: SftpConnection,
  files: readonly PlannedFile[],
  options: TransferManyOptions = {},
): Promise<FileOutcome[]> {
  return await transferMany(connection, files, options, previewDownload);
}

/** Tells what {@link uploadFiles} would do now, as {@link previewDownloads} does. */
export async function previewUploads(
  connection: SftpConnection,
  files: readonly FilePair[],
  options: TransferManyOptions = {},
): Promise<FileOutcome[]> {
  return await transferMany(connection, files, options, previewUpload);
}

async function transferFile(
  connection: SftpConnection,
  file: FilePair,
  options: TransferFileOptions,
  transferOne: TransferOne,
): Promise<TransferredFile> {
  const [outcome] = await transferMany(connection, [file], options, transferOne);
  if (outcome === undefined) throw new Error("Cannot tell what became of the file");
  if ("error" in outcome) throw outcome.error;
  return outcome;
}
