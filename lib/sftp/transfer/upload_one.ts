/** Uploading one file. */

import { FileOperationError, SFTPConnectionError } from "../../core/mod.ts";
import {
  isMissing,
  isTaken,
  oldFileOf,
  type RemoteFile,
  remoteFolder,
  remotePath as joinRemote,
  remoteTaken,
  requireFree,
  type SftpConnection,
} from "../connection/mod.ts";
import { localDigest, remoteDigest } from "./content_digest.ts";
import { LocalSource } from "./local_source.ts";
import { uniquePartName } from "./part_name.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { closeAndRename } from "./rename_part.ts";
import { isSameByLook, skipSame } from "./same_target.ts";
import { wrongContent } from "./transfer_error.ts";
import type { FilePair, TransferredFile } from "./transfer_options.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";
import { type FileToSend, sendParts, sendSmall, type SentFile } from "./upload_parts.ts";

/**
 * Uploads a file: to a temporary name in the target's folder, its size checked, then renamed. A small
 * file takes three round trips (create; write, stamp and look; close and rename). The second looks at
 * the target as well, as there are servers whose rename overwrites: on those a file that comes
 * between that look and the rename is lost, which version 3 of the protocol cannot prevent.
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
      return await skipSame(
        connection,
        pair,
        uploadComparison(connection, pair, source, existing),
        work,
      );
    }
  }

  const name = uniquePartName(remotePath.slice(remotePath.lastIndexOf("/") + 1));
  const partPath = joinRemote(remoteFolder(remotePath), name);
  try {
    const handle = await RemoteHandle.open(connection, partPath, "wx", {
      signal,
      shownPath: remotePath,
    });
    const lookAtTarget = async () => {
      if (!overwrite) await requireFree(connection, remotePath, { signal });
    };
    const file = { source, partPath, isSmall, lookAtTarget };
    const sent = await send(connection, handle, file, work, attempt);
    await check(connection, { ...file, pair, sent }, handle, work);
    attempt.renaming = partPath;
    const part = { partPath, targetPath: remotePath, overwrite, signal };
    await closeAndRename(connection, handle, part);
    delete attempt.renaming;
    return { ...result, status: "done", ...(sha256 && { sha256: sent.sha256 }) };
  } catch (error) {
    if (!(error instanceof SFTPConnectionError)) delete attempt.renaming;
    // Whether the part is still there is what the next attempt learns of the renaming by.
    if (attempt.renaming === undefined) await work.leftovers.remove(connection, partPath);
    work.leftovers.noteOldFile(remotePath, error);
    if (!isTaken(error) || oldFileOf(error) !== undefined) throw error;
    work.expectsTargets = true;
    attempt.counter.restart();
    const existing = await connection.exists(remotePath, { signal });
    return await skipSame(
      connection,
      pair,
      uploadComparison(connection, pair, source, existing),
      work,
    );
  }
}

/** What {@link skipSame} compares of an upload, and what it says of another file. */
export function uploadComparison(
  { server }: SftpConnection,
  { remotePath: path }: FilePair,
  source: LocalSource,
  existing: RemoteFile | undefined,
) {
  return {
    source,
    existing: existing?.kind === "file" ? existing : undefined,
    taken: remoteTaken({ action: "write", path, server }),
  };
}

/**
 * The connection may have been lost between the server's renaming and our hearing of it. The part is
 * removed to find out: when that succeeds it was not renamed, and cannot be any more. But OpenSSH's
 * server renames by a link and an unlink, and may have died between the two.
 */
async function wasRenamed(
  connection: SftpConnection,
  remotePath: string,
  source: LocalSource,
  attempt: FileAttempt,
  { signal, options }: TransferWork,
): Promise<boolean> {
  const { renaming } = attempt;
  if (renaming === undefined) return false;
  try {
    await connection.remove(renaming, { signal });
    delete attempt.renaming;
    // Whoever replaces, or wants the content compared, does all of it again.
    if (options.overwrite || options.sha256 || options.verify) return false;
    const target = await connection.exists(remotePath, { signal });
    return target?.kind === "file" && isSameByLook(source, target);
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
  file: FileToSend & { isSmall: boolean },
  work: TransferWork,
  attempt: FileAttempt,
): Promise<SentFile> {
  try {
    return file.isSmall
      ? await sendSmall(handle, file, work, attempt)
      : await sendParts(connection, handle, file, work, attempt);
  } catch (error) {
    handle.closeLater();
    throw error;
  }
}

/** Makes sure that what the server has is what the source was and still is. */
async function check(
  connection: SftpConnection,
  { pair, source, sent, partPath, lookAtTarget }: FileToSend & { pair: FilePair; sent: SentFile },
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
    await lookAtTarget(); // the reading took its time
  } catch (error) {
    handle.closeLater();
    throw error;
  }
}
