/** Uploading one file. */

import { FileOperationError, SFTPConnectionError } from "../../core/mod.ts";
import {
  isMissing,
  isTaken,
  type RemoteFile,
  remoteFolder,
  remotePath as joinRemote,
  remoteTaken,
  type SftpConnection,
} from "../connection/mod.ts";
import { localDigest, remoteDigest } from "./content_digest.ts";
import { LocalSource } from "./local_source.ts";
import { uniquePartName } from "./part_name.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { closeAndRename } from "./rename_part.ts";
import { skipSame } from "./same_target.ts";
import { wrongContent } from "./transfer_error.ts";
import type { FilePair, TransferredFile } from "./transfer_options.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";
import { sendParts, sendSmall, type SentFile } from "./upload_parts.ts";

/**
 * Uploads a file: to a temporary name in the target's folder, its size checked, then renamed. The
 * rename refuses a target that is there, so that a small file needs no look at it before: it takes
 * three round trips (create; write, stamp and look; close and rename).
 */
export async function uploadOne(
  connection: SftpConnection,
  pair: FilePair,
  work: TransferWork,
  attempt: FileAttempt,
): Promise<TransferredFile> {
  const { remotePath, localPath } = pair;
  const { signal, options } = work;
  const { overwrite = false, sha256 = false } = options;
  using source = LocalSource.open(localPath);
  const result = { ...pair, bytes: source.size, resumedFrom: 0 };
  if (await wasRenamed(connection, remotePath, source, attempt, work)) {
    attempt.counter.add(source.size);
    const digest = sha256 ? { sha256: await localDigest(localPath, signal) } : {};
    return { ...result, status: "done", ...digest };
  }
  await work.prepareRemoteFolder(connection, remotePath);
  const isSmall = source.size <= connection.chunkBytes;
  if (!overwrite && (work.expectsTargets || !isSmall)) {
    const existing = await connection.exists(remotePath, { signal });
    if (existing !== undefined) {
      return await skipSame(connection, pair, comparison(connection, pair, source, existing), work);
    }
  }

  const name = uniquePartName(remotePath.slice(remotePath.lastIndexOf("/") + 1));
  const partPath = joinRemote(remoteFolder(remotePath), name);
  try {
    const handle = await RemoteHandle.open(connection, partPath, "wx", {
      signal,
      shownPath: remotePath,
    });
    const sent = await send(connection, handle, { source, partPath, isSmall }, work, attempt);
    await check(connection, { pair, source, sent, partPath }, handle, work);
    attempt.renaming = partPath;
    const part = { partPath, targetPath: remotePath, overwrite, signal };
    await closeAndRename(connection, handle, part);
    delete attempt.renaming;
    return { ...result, status: "done", ...(sha256 && { sha256: sent.sha256 }) };
  } catch (error) {
    if (!(error instanceof SFTPConnectionError)) delete attempt.renaming;
    // Whether the part is still there is what the next attempt learns of the renaming by.
    if (attempt.renaming === undefined) await work.leftovers.remove(connection, partPath);
    if (!isTaken(error)) throw error;
    work.expectsTargets = true;
    attempt.counter.restart();
    const existing = await connection.stat(remotePath, { signal });
    return await skipSame(connection, pair, comparison(connection, pair, source, existing), work);
  }
}

/** What {@link skipSame} compares, and what it says of another file. */
function comparison(
  { server }: SftpConnection,
  { remotePath: path }: FilePair,
  source: LocalSource,
  existing: RemoteFile,
) {
  return {
    source,
    existing: existing.kind === "file" ? existing : undefined,
    taken: remoteTaken({ action: "write", path, server }),
  };
}

/**
 * The connection may have been lost between the server's renaming and our hearing of it. The part is
 * removed to find out: when that succeeds it was not renamed, and cannot be any more.
 */
async function wasRenamed(
  connection: SftpConnection,
  remotePath: string,
  source: LocalSource,
  attempt: FileAttempt,
  { signal }: TransferWork,
): Promise<boolean> {
  const { renaming } = attempt;
  if (renaming === undefined) return false;
  try {
    await connection.remove(renaming, { signal });
    delete attempt.renaming;
    return false;
  } catch (error) {
    if (!(error instanceof FileOperationError)) throw error;
    // Whoever may write may yet not be allowed to remove.
    const isThere = !isMissing(error) && await connection.exists(renaming, { signal });
    const target = await connection.exists(remotePath, { signal });
    delete attempt.renaming;
    return !isThere && target?.size === source.size;
  }
}

async function send(
  connection: SftpConnection,
  handle: RemoteHandle,
  file: { source: LocalSource; partPath: string; isSmall: boolean },
  work: TransferWork,
  attempt: FileAttempt,
): Promise<SentFile> {
  try {
    return file.isSmall
      ? await sendSmall(handle, file.source, work, attempt)
      : await sendParts(connection, handle, file, work, attempt);
  } catch (error) {
    handle.closeLater();
    throw error;
  }
}

/** Makes sure that what the server has is what the source was and still is. */
async function check(
  connection: SftpConnection,
  { pair, source, sent, partPath }: {
    pair: FilePair;
    source: LocalSource;
    sent: SentFile;
    partPath: string;
  },
  handle: RemoteHandle,
  work: TransferWork,
): Promise<void> {
  try {
    source.checkUnchanged();
    if (sent.remoteSize !== source.size) {
      const detail = `${source.size} bytes were sent and ${sent.remoteSize} are there`;
      throw wrongContent(pair.remotePath, detail);
    }
    if (!work.options.verify) return;
    if (await remoteDigest(connection, partPath, work) !== sent.sha256) {
      throw wrongContent(pair.remotePath, "the SHA-256 differs from the source's");
    }
  } catch (error) {
    handle.closeLater();
    throw error;
  }
}
