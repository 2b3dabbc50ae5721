/** Downloading one file. */

import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { RemoteFile, SftpConnection } from "../connection/mod.ts";
import { remoteDigest } from "./content_digest.ts";
import { type ArrivedFile, downloadParts } from "./download_parts.ts";
import { lstatIfThere } from "./local_look.ts";
import { LocalPart } from "./local_part.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { type FileLook, skipSame } from "./same_target.ts";
import { settledValue } from "./settled_value.ts";
import {
  isLocalTaken,
  localTaken,
  notAFile,
  sourceChanged,
  wrongContent,
} from "./transfer_error.ts";
import type { FilePair, PlannedFile, TransferredFile } from "./transfer_options.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";

/**
 * Downloads a file: to a temporary name, checked against the source's size and, once more at the
 * end, its time; then flushed and renamed.
 *
 * A file that fits one part takes two round trips: open; then look, read and look again at once.
 * Where a listing has just told of it, the first look is that.
 */
export async function downloadOne(
  connection: SftpConnection,
  file: PlannedFile,
  work: TransferWork,
  attempt: FileAttempt,
): Promise<TransferredFile> {
  const { remotePath, localPath } = file;
  const pair: FilePair = { remotePath, localPath };
  const { options, signal } = work;
  const { overwrite = false, sha256 = false, verify = false } = options;
  await work.prepareLocalFolder(localPath);
  const existing = existingTarget(localPath, work);
  const handle = await RemoteHandle.open(connection, remotePath, "r", { signal });
  try {
    if (existing !== undefined && !overwrite) {
      const source = regular(await handle.stat(), remotePath);
      return await skipSame(connection, pair, comparison(localPath, source, existing), work);
    }
    const arrived = await receive(connection, handle, file, work, attempt);
    const { bytes, mtimeMs, resumedFrom } = arrived;
    try {
      if (verify && await remoteDigest(connection, remotePath, work) !== arrived.sha256) {
        throw wrongContent(localPath, "the SHA-256 differs from the source's");
      }
      await arrived.part.finish({ mtimeMs, overwrite });
    } catch (error) {
      await arrived.part.discard();
      const other = isLocalTaken(error) ? lstatIfThere(localPath) : undefined;
      if (other === undefined) throw error;
      // Another run may have got the same file meanwhile.
      const source = { size: bytes, mtimeMs };
      return await skipSame(connection, pair, comparison(localPath, source, other), work);
    }
    work.renamedTo(localPath);
    const digest = sha256 ? { sha256: arrived.sha256 } : {};
    return { ...pair, status: "done", bytes, resumedFrom, ...digest };
  } finally {
    handle.closeLater();
  }
}

/**
 * Tells what a download of the file would do now: `done` where it would be transferred. It gets no
 * byte of it, but where contents are compared; what is wrong with the source is not found out.
 */
export async function previewDownload(
  connection: SftpConnection,
  { remotePath, localPath, listed }: PlannedFile,
  work: TransferWork,
): Promise<TransferredFile> {
  const { signal, options } = work;
  const pair: FilePair = { remotePath, localPath };
  const existing = existingTarget(localPath, work);
  const source = listed ?? regular(await connection.stat(remotePath, { signal }), remotePath);
  if (existing !== undefined && options.overwrite !== true) {
    return await skipSame(connection, pair, comparison(localPath, source, existing), work);
  }
  return { ...pair, status: "done", bytes: source.size, resumedFrom: 0 };
}

/** Gives what a download finds in its target's place, which must be no folder. */
function existingTarget(path: string, { localNames }: TransferWork): Deno.FileInfo | undefined {
  const existing = localNames.mayHave(path) ? lstatIfThere(path) : undefined;
  if (existing?.isDirectory) throw notAFile(path);
  return existing;
}

/** What {@link skipSame} compares, and what it says of another file. */
function comparison(path: string, source: FileLook, { isFile, size, mtime }: Deno.FileInfo) {
  const existing = isFile ? { size, mtimeMs: mtime?.getTime() ?? 0 } : undefined;
  return { source, existing, taken: localTaken(path) };
}

/** Gets the file into a part, in one go where it is small. */
async function receive(
  connection: SftpConnection,
  handle: RemoteHandle,
  { listed, ...pair }: PlannedFile,
  work: TransferWork,
  attempt: FileAttempt,
): Promise<ArrivedFile> {
  const { remotePath } = pair;
  const earlier = listed !== undefined && listed.size <= connection.chunkBytes ? listed : undefined;
  const buffer = await work.pool.take();
  const [before, read, after] = await Promise.allSettled([
    earlier ?? handle.stat(),
    handle.read(buffer, 0, connection.chunkBytes, 0),
    handle.stat(),
  ]);
  if (read.status === "rejected") work.pool.drop();
  let source: RemoteFile;
  let isUnchanged: boolean;
  try {
    source = regular(settledValue(after), remotePath);
    const count = settledValue(read);
    isUnchanged = isSameSource(settledValue(before), source) && count <= source.size;
    if (isUnchanged && count === source.size) {
      return await keepSmall(pair, source, buffer.subarray(0, count), work, attempt);
    }
  } finally {
    if (read.status === "fulfilled") work.pool.giveBack(buffer);
  }
  if (isUnchanged) return await downloadParts(connection, handle, pair, source, work, attempt);
  // It may have changed long before it was opened.
  if (earlier !== undefined) return await receive(connection, handle, pair, work, attempt);
  throw sourceChanged(remotePath);
}

async function keepSmall(
  { localPath }: FilePair,
  source: RemoteFile,
  content: Buffer,
  { options }: TransferWork,
  { counter }: FileAttempt,
): Promise<ArrivedFile> {
  const part = LocalPart.create(localPath);
  try {
    part.writeAt(content, 0);
  } catch (error) {
    await part.discard();
    throw error;
  }
  counter.add(content.length);
  const sha256 = options.sha256 || options.verify
    ? createHash("sha256").update(content).digest("hex")
    : "";
  return { part, bytes: content.length, mtimeMs: source.mtimeMs, resumedFrom: 0, sha256 };
}

/** Whether two looks at a file show the same content. */
function isSameSource(a: FileLook, b: FileLook): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs;
}

function regular(file: RemoteFile, path: string): RemoteFile {
  if (file.kind !== "file") throw notAFile(path);
  return file;
}
