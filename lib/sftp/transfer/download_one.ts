/** Downloading one file. */

import type { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { RemoteFile, SftpConnection } from "../connection/mod.ts";
import { remoteDigest } from "./content_digest.ts";
import { type ArrivedFile, downloadParts } from "./download_parts.ts";
import { LocalPart, lstatIfThere } from "./local_part.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { skipSame } from "./same_target.ts";
import { settledValue } from "./settled_value.ts";
import { localTaken, notAFile, sourceChanged, wrongContent } from "./transfer_error.ts";
import type { FilePair, TransferredFile } from "./transfer_options.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";

/**
 * Downloads a file: to a temporary name, checked against the source's size and, once more at the
 * end, its time; then flushed and renamed.
 *
 * A file that fits one part takes two round trips: open; then look, read and look again at once.
 */
export async function downloadOne(
  connection: SftpConnection,
  pair: FilePair,
  work: TransferWork,
  attempt: FileAttempt,
): Promise<TransferredFile> {
  const { remotePath, localPath } = pair;
  const { options, signal } = work;
  const { overwrite = false, sha256 = false, verify = false } = options;
  await work.prepareLocalFolder(localPath);
  const existing = lstatIfThere(localPath);
  if (existing?.isDirectory) throw notAFile(localPath);
  const handle = await RemoteHandle.open(connection, remotePath, "r", { signal });
  try {
    if (existing !== undefined && !overwrite) {
      const source = regular(await handle.stat(), remotePath);
      const { isFile, size, mtime } = existing;
      const there = isFile ? { size, mtimeMs: mtime?.getTime() ?? 0 } : undefined;
      const taken = localTaken(localPath);
      return await skipSame(connection, pair, { source, existing: there, taken }, work);
    }
    const arrived = await receive(connection, handle, pair, work, attempt);
    const result = { ...pair, bytes: arrived.bytes, resumedFrom: arrived.resumedFrom };
    try {
      if (verify && await remoteDigest(connection, remotePath, work) !== arrived.sha256) {
        throw wrongContent(localPath, "the SHA-256 differs from the source's");
      }
      await arrived.part.finish({ mtimeMs: arrived.mtimeMs, overwrite });
    } catch (error) {
      await arrived.part.discard();
      throw error;
    }
    work.renamedTo(localPath);
    return { ...result, status: "done", ...(sha256 && { sha256: arrived.sha256 }) };
  } finally {
    handle.closeLater();
  }
}

/** Gets the file into a part, in one go where it is small. */
async function receive(
  connection: SftpConnection,
  handle: RemoteHandle,
  pair: FilePair,
  work: TransferWork,
  attempt: FileAttempt,
): Promise<ArrivedFile> {
  const { remotePath } = pair;
  const buffer = await work.pool.take();
  const [before, read, after] = await Promise.allSettled([
    handle.stat(),
    handle.read(buffer, 0, connection.chunkBytes, 0),
    handle.stat(),
  ]);
  if (read.status === "rejected") work.pool.drop();
  try {
    const source = regular(settledValue(before), remotePath);
    const count = settledValue(read);
    const changed = !isSameSource(source, settledValue(after)) || count > source.size;
    if (changed) throw sourceChanged(remotePath);
    if (count === source.size) {
      return await keepSmall(pair, source, buffer.subarray(0, count), work, attempt);
    }
  } finally {
    if (read.status === "fulfilled") work.pool.giveBack(buffer);
  }
  return await downloadParts(connection, handle, pair, settledValue(before), work, attempt);
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
function isSameSource(a: RemoteFile, b: RemoteFile): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs;
}

function regular(file: RemoteFile, path: string): RemoteFile {
  if (file.kind !== "file") throw notAFile(path);
  return file;
}
