/** Whether somebody is still uploading a file. */

import { delay } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";

/** How {@link isFileFullyUploaded} may end early. */
export interface UploadCheckOptions {
  /** Ends it; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Looks at a remote file twice and tells whether size and time of change were the same (reference:
 * sftp, `is_file_fully_uploaded`). An uploader that pauses for longer than the delay looks finished.
 *
 * @param delayMs the time between the looks, in milliseconds
 * @throws FileOperationError when there is no such file; SFTPConnectionError when the connection
 * is lost
 */
export async function isFileFullyUploaded(
  connection: Pick<SftpConnection, "stat">,
  path: string,
  delayMs = 1200,
  options: UploadCheckOptions = {},
): Promise<boolean> {
  const first = await connection.stat(path, options);
  await delay(delayMs, options);
  const second = await connection.stat(path, options);
  return first.size === second.size && first.mtimeMs === second.mtimeMs;
}
