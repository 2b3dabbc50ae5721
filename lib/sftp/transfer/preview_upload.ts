/** What an upload would do. */

import type { SftpConnection } from "../connection/mod.ts";
import { LocalSource } from "./local_source.ts";
import { skipSame } from "./same_target.ts";
import { notAFile } from "./transfer_error.ts";
import type { FilePair, TransferredFile } from "./transfer_options.ts";
import type { TransferWork } from "./transfer_work.ts";
import { uploadComparison } from "./upload_one.ts";

/** Tells what an upload of the file would do now: `done` where it would be transferred. */
export async function previewUpload(
  connection: SftpConnection,
  { remotePath, localPath }: FilePair,
  work: TransferWork,
): Promise<TransferredFile> {
  const { signal, options } = work;
  const pair: FilePair = { remotePath, localPath };
  using source = LocalSource.open(localPath);
  const existing = await connection.exists(remotePath, { signal });
  if (options.overwrite === true && existing?.kind === "directory") throw notAFile(remotePath);
  if (existing !== undefined && options.overwrite !== true) {
    const looks = uploadComparison(connection, pair, source, existing);
    return await skipSame(connection, pair, looks, work);
  }
  return { ...pair, status: "done", bytes: source.size, resumedFrom: 0 };
}
