/** Downloading a file that is larger than one part. */

import type { RemoteFile, SftpConnection } from "../connection/mod.ts";
import { flowChunks } from "./chunk_flow.ts";
import { openReadLanes, openSecondLanes } from "./lanes.ts";
import { LocalPart } from "./local_part.ts";
import { OrderedDigest } from "./ordered_digest.ts";
import { readWhole } from "./read_whole.ts";
import type { RemoteHandle } from "./remote_handle.ts";
import { isSourceChange, sourceChanged } from "./transfer_error.ts";
import type { FilePair } from "./transfer_options.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";

/** A file that is here, under its temporary name. */
export interface ArrivedFile {
  part: LocalPart;
  bytes: number;
  mtimeMs: number;
  resumedFrom: number;
  /** Empty where nobody asked for it. */
  sha256: string;
}

/** Smaller files are got again sooner than a note about them is written. */
const minResumableBytes = 1024 * 1024;

/** How much a crash may cost. */
const checkpointBytes = 32 * 1024 * 1024;

/** How much of what an earlier run left is compared with the source. */
const comparedBytes = 64 * 1024;

/** Downloads in many parts at once, on several channels where the line is long. */
export async function downloadParts(
  connection: SftpConnection,
  handle: RemoteHandle,
  { remotePath, localPath }: FilePair,
  source: RemoteFile,
  work: TransferWork,
  { counter }: FileAttempt,
): Promise<ArrivedFile> {
  const { size, mtimeMs } = source;
  const { resume = false, sha256 = false, verify = false } = work.options;
  const part = resume && size > minResumableBytes
    ? await LocalPart.resume(localPath, { server: connection.server, remotePath, size, mtimeMs })
    : LocalPart.create(localPath);
  const stop = new AbortController();
  const signal = AbortSignal.any([work.signal, stop.signal]);
  const digest = sha256 || verify ? new OrderedDigest() : undefined;
  let lanes = [handle];
  let laterLanes = Promise.resolve<RemoteHandle[]>([]);
  let doneBytes = 0;
  let checkpoint = Promise.resolve();
  try {
    if (part.resumedFrom > 0 && !await isSameTail(part, handle, remotePath, work)) {
      await part.restart();
    }
    const from = part.resumedFrom;
    doneBytes = from;
    counter.add(from);
    if (digest !== undefined) await digestStart(part, from, digest, signal);

    const file = { connection, path: remotePath, source };
    laterLanes = openSecondLanes(file, size - from, signal);
    lanes = await openReadLanes(handle, file, signal);
    let notedBytes = from;
    await flowChunks({
      lanes,
      laterLanes,
      pool: work.pool,
      from,
      size,
      chunkBytes: connection.chunkBytes,
      signal,
      work: async ({ lane, buffer, position, length }) => {
        await readWhole(lane, { buffer, position, length, path: remotePath });
        const bytes = buffer.subarray(0, length);
        part.writeAt(bytes, position);
        digest?.add(bytes, position);
        counter.add(length);
      },
      onPrefix: (end) => {
        doneBytes = end;
        if (!part.isResumable || end - notedBytes < checkpointBytes) return;
        notedBytes = end;
        checkpoint = checkpoint.then(() => part.checkpoint(end));
        checkpoint.catch((error) => stop.abort(error));
      },
    });
    await checkpoint;
    const after = await handle.stat();
    if (after.size !== size || after.mtimeMs !== mtimeMs) throw sourceChanged(remotePath);
    return { part, bytes: size, mtimeMs, resumedFrom: from, sha256: digest?.hex() ?? "" };
  } catch (error) {
    stop.abort(error);
    await checkpoint.catch(() => {});
    const isUseful = part.isResumable && doneBytes > 0 && !isSourceChange(error);
    if (isUseful) await part.keep(doneBytes);
    else await part.discard();
    throw error;
  } finally {
    for (const lane of lanes) if (lane !== handle) lane.closeLater();
    void laterLanes.then((later) => later.forEach((lane) => lane.closeLater()));
  }
}

/** The end of what is there must be what the source has there: seconds are a coarse clock. */
async function isSameTail(
  part: LocalPart,
  handle: RemoteHandle,
  path: string,
  { pool }: TransferWork,
): Promise<boolean> {
  const length = Math.min(comparedBytes, part.resumedFrom);
  const position = part.resumedFrom - length;
  const buffer = await pool.take();
  try {
    await readWhole(handle, { buffer, position, length, path });
  } catch (error) {
    pool.drop();
    throw error;
  }
  const ours = new Uint8Array(length);
  const isSame = part.readAt(ours, position) === length &&
    buffer.subarray(0, length).equals(ours);
  pool.giveBack(buffer);
  return isSame;
}

async function digestStart(
  part: LocalPart,
  end: number,
  digest: OrderedDigest,
  signal: AbortSignal,
): Promise<void> {
  const buffer = new Uint8Array(1024 * 1024);
  while (digest.position < end) {
    signal.throwIfAborted();
    const wanted = buffer.subarray(0, Math.min(buffer.length, end - digest.position));
    const count = part.readAt(wanted, digest.position);
    if (count === 0) throw new Error("Cannot read the part to its noted end"); // it is locked
    digest.add(wanted.subarray(0, count), digest.position);
    // So that others get their turn.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}
