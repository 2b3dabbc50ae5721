/** The ways in which the content of a file gets into another one on the same server. */

import { OpsdeckError } from "../../core/mod.ts";
import type { RemoteFile, SftpConnection } from "../connection/mod.ts";
import { flowChunks } from "./chunk_flow.ts";
import { openReadLanes, openWriteLanes, writesInPlace } from "./lanes.ts";
import { OrderedDigest } from "./ordered_digest.ts";
import { readWhole } from "./read_whole.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { settledValue } from "./settled_value.ts";
import type { TransferWork } from "./transfer_work.ts";

/** What is copied where. */
export interface CopyTask {
  connection: SftpConnection;
  /** The source, as it was when it was last looked at. */
  source: RemoteFile;
  /** The source, open to be read. */
  from: RemoteHandle;
  /** The temporary name of the target. */
  partPath: string;
  /** The target, open and empty. */
  target: RemoteHandle;
  work: TransferWork;
}

/** Longer pieces would outlast the deadline of one operation. */
const pieceBytes = 64 * 1024 * 1024;

/** Has the server copy everything. The last piece has no length: a stale one would be an error. */
export async function copyOnServer(
  source: RemoteHandle,
  target: RemoteHandle,
  { size }: RemoteFile,
): Promise<void> {
  let position = 0;
  for (; size - position > pieceBytes; position += pieceBytes) {
    await target.copyFrom(source, position, pieceBytes);
  }
  await target.copyFrom(source, position, 0);
}

/** Tells whether an error says that the server has no `copy-data` after all. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof OpsdeckError &&
    (error.code === "OP_UNSUPPORTED" || /does not support/.test(error.message));
}

/** Source and copy, as they were when all was copied. */
export interface CopiedLooks {
  source: RemoteFile;
  copy: RemoteFile;
}

/** Reads everything and writes it back, and gives its SHA-256 where `hasDigest` asks for it. */
export async function copyThroughClient(
  task: CopyTask,
  hasDigest: boolean,
): Promise<CopiedLooks & { sha256: string | undefined }> {
  const { connection, source } = task;
  const digest = hasDigest ? new OrderedDigest() : undefined;
  const looks = source.size <= connection.chunkBytes
    ? await copySmall(task, digest)
    : await copyLarge(task, digest);
  return { ...looks, sha256: digest?.hex() };
}

async function copySmall(
  { source, from, target, work }: CopyTask,
  digest: OrderedDigest | undefined,
): Promise<CopiedLooks> {
  const buffer = await work.pool.take();
  let looks: [PromiseSettledResult<RemoteFile>, PromiseSettledResult<RemoteFile>];
  try {
    await readWhole(from, { buffer, position: 0, length: source.size, path: source.path });
    digest?.add(buffer.subarray(0, source.size), 0);
    // The server answers in order: these are looks at both after the copy.
    const [written, now, copy] = await Promise.allSettled([
      target.write(buffer, source.size, 0),
      from.stat(),
      target.stat(),
    ]);
    settledValue(written);
    looks = [now, copy];
  } catch (error) {
    work.pool.drop();
    throw error;
  }
  work.pool.giveBack(buffer);
  const [now, copy] = looks;
  return { source: settledValue(now), copy: settledValue(copy) };
}

async function copyLarge(
  task: CopyTask,
  digest: OrderedDigest | undefined,
): Promise<CopiedLooks> {
  const { connection, source, from, target, work } = task;
  const stop = new AbortController();
  const signal = AbortSignal.any([work.signal, stop.signal]);
  const handle = await RemoteHandle.open(connection, source.path, "r", { signal });
  try {
    await copyParts(task, handle, digest, signal);
  } finally {
    stop.abort();
    handle.closeLater();
  }
  const [now, copy] = await Promise.all([from.stat(), target.stat()]);
  return { source: now, copy };
}

async function copyParts(
  { connection, source, partPath, target, work }: CopyTask,
  handle: RemoteHandle,
  digest: OrderedDigest | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { path, size } = source;
  const opened: RemoteHandle[] = [];
  try {
    // On several, the parts would come out of their order.
    const lanes = writesInPlace(connection)
      ? await openReadLanes(handle, { connection, path, source }, signal)
      : [handle];
    opened.push(...lanes.slice(1));
    const targets = await openWriteLanes(target, { connection, path: partPath, size }, signal);
    opened.push(...targets.slice(1));
    await flowChunks({
      lanes,
      pool: work.pool,
      from: 0,
      size,
      chunkBytes: connection.chunkBytes,
      signal,
      work: async ({ lane, buffer, position, length }) => {
        await readWhole(lane, { buffer, position, length, path });
        digest?.add(buffer.subarray(0, length), position);
        const lent = targets[lanes.indexOf(lane) % targets.length] ?? target;
        await lent.write(buffer, length, position);
      },
    });
  } finally {
    for (const one of opened) one.closeLater();
  }
}
