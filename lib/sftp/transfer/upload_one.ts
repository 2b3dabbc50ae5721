/** Uploading one file. */

import { FileOperationError, SFTPConnectionError } from "../../core/mod.ts";
import {
  isMissing,
  isTaken,
  type RemoteFile,
  remoteFolder,
  remotePath as joinRemote,
  type SftpConnection,
} from "../connection/mod.ts";
import { remoteTaken } from "../connection/remote_error.ts";
import { localDigest, remoteDigest } from "./content_digest.ts";
import { LocalSource } from "./local_source.ts";
import { uniquePartName } from "./part_name.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { wrongContent } from "./transfer_error.ts";
import type { FilePair, TransferredFile } from "./transfer_options.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";
import { sendParts, sendSmall, type SentFile } from "./upload_parts.ts";

/** How long the removal of a temporary file may take: it must not hold up the news of a failure. */
const removalMs = 5000;

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
  if (await wasRenamed(connection, remotePath, source, attempt)) {
    attempt.counter.add(source.size);
    const digest = sha256 ? { sha256: await localDigest(localPath, signal) } : {};
    return { ...result, status: "done", ...digest };
  }
  await work.prepareRemoteFolder(connection, remotePath);
  const isSmall = source.size <= connection.chunkBytes;
  if (!overwrite && (work.expectsTargets || !isSmall)) {
    const existing = await connection.exists(remotePath, { signal });
    if (existing !== undefined) return await skipSame(connection, pair, existing, source, work);
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
    await closeAndRename(connection, handle, { partPath, remotePath }, work);
    delete attempt.renaming;
    return { ...result, status: "done", ...(sha256 && { sha256: sent.sha256 }) };
  } catch (error) {
    if (!(error instanceof SFTPConnectionError)) delete attempt.renaming;
    await removePart(connection, partPath, work);
    if (!isTaken(error)) throw error;
    work.expectsTargets = true;
    attempt.counter.restart();
    const existing = await connection.stat(remotePath, { signal });
    return await skipSame(connection, pair, existing, source, work);
  }
}

/** The connection may have been lost between the server's renaming and our hearing of it. */
async function wasRenamed(
  connection: SftpConnection,
  remotePath: string,
  source: LocalSource,
  attempt: FileAttempt,
): Promise<boolean> {
  const { renaming } = attempt;
  if (renaming === undefined) return false;
  const [part, target] = await Promise.all([
    connection.exists(renaming),
    connection.exists(remotePath),
  ]);
  delete attempt.renaming;
  return part === undefined && target?.size === source.size;
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

async function closeAndRename(
  connection: SftpConnection,
  handle: RemoteHandle,
  { partPath, remotePath }: { partPath: string; remotePath: string },
  { options, signal }: TransferWork,
): Promise<void> {
  if (options.overwrite) {
    await handle.close(); // what is there goes only for a file that was taken to its end
    return await connection.replace(partPath, remotePath, { signal });
  }
  const [closed, renamed] = await Promise.allSettled([
    handle.close(),
    connection.rename(partPath, remotePath, { signal }),
  ]);
  if (closed.status === "rejected") {
    if (renamed.status === "fulfilled") await connection.remove(remotePath, { signal });
    throw closed.reason;
  }
  if (renamed.status === "fulfilled") return;
  const { reason } = renamed;
  if (!(reason instanceof FileOperationError) || isTaken(reason) || isMissing(reason)) throw reason;
  // Some servers rename no file that is open, and it was when they were asked.
  await connection.rename(partPath, remotePath, { signal });
}

/** Leaves a target that is the same file already, and refuses any other. */
async function skipSame(
  connection: SftpConnection,
  pair: FilePair,
  existing: RemoteFile,
  source: LocalSource,
  work: TransferWork,
): Promise<TransferredFile> {
  const { remotePath, localPath } = pair;
  const { sha256 = false, verify = false } = work.options;
  const skipped = { ...pair, status: "skipped", bytes: source.size, resumedFrom: 0 } as const;
  const taken = remoteTaken({ action: "write", path: remotePath, server: connection.server });
  if (existing.kind !== "file" || existing.size !== source.size) throw taken;
  if (sha256 || verify) {
    const [theirs, ours] = await Promise.all([
      remoteDigest(connection, remotePath, work),
      localDigest(localPath, work.signal),
    ]);
    if (theirs !== ours) throw taken;
    return { ...skipped, ...(sha256 && { sha256: ours }) };
  }
  const seconds = Math.floor(source.mtimeMs / 1000);
  if (seconds !== Math.floor(existing.mtimeMs / 1000)) throw taken;
  return skipped;
}

async function removePart(
  connection: SftpConnection,
  partPath: string,
  { leftovers }: TransferWork,
): Promise<void> {
  try {
    await connection.remove(partPath, { timeoutMs: removalMs });
  } catch (error) {
    if (!isMissing(error)) leftovers.add(partPath);
  }
}
