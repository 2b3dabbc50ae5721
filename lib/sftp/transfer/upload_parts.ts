/** Sending a local file's bytes to an open remote one. */

import { createHash } from "node:crypto";
import type { SftpConnection } from "../connection/mod.ts";
import { flowChunks } from "./chunk_flow.ts";
import { openWriteLanes } from "./lanes.ts";
import type { LocalSource } from "./local_source.ts";
import { OrderedDigest } from "./ordered_digest.ts";
import type { RemoteHandle } from "./remote_handle.ts";
import { keepConnectionErrors } from "./rename_part.ts";
import type { FileAttempt, TransferWork } from "./transfer_work.ts";

/** What is to be sent. */
export interface FileToSend {
  source: LocalSource;
  /** The remote part that is open. */
  partPath: string;
  /** Refuses a target that is taken; sent together with the last that is asked of the part. */
  lookAtTarget: () => Promise<void>;
}

/** What was sent. */
export interface SentFile {
  /** The size that the server says the file has now. */
  remoteSize: number;
  /** Empty where nobody asked for it. */
  sha256: string;
}

/** Sends a file that fits one part: its bytes, its time and the looks at it and its target at once. */
export async function sendSmall(
  handle: RemoteHandle,
  { source, lookAtTarget }: FileToSend,
  { pool, options }: TransferWork,
  { counter }: FileAttempt,
): Promise<SentFile> {
  const buffer = await pool.take();
  try {
    const content = buffer.subarray(0, source.size);
    source.readAt(content, 0);
    const sha256 = options.sha256 || options.verify
      ? createHash("sha256").update(content).digest("hex")
      : "";
    const [, { size }] = await Promise.all([
      handle.write(buffer, content.length, 0),
      stampAndLook(handle, source.mtimeMs),
      lookAtTarget(),
    ]);
    counter.add(content.length);
    return { remoteSize: size, sha256 };
  } finally {
    pool.giveBack(buffer); // the library has copied it
  }
}

/** Sends a file in many parts at once, on several channels where the line is long. */
export async function sendParts(
  connection: SftpConnection,
  handle: RemoteHandle,
  file: FileToSend,
  work: TransferWork,
  { counter }: FileAttempt,
): Promise<SentFile> {
  const { source: { size, mtimeMs }, source, partPath: path } = file;
  const { pool, signal, options } = work;
  const digest = options.sha256 || options.verify ? new OrderedDigest() : undefined;
  const lanes = await openWriteLanes(handle, { connection, path, size }, signal);
  try {
    await flowChunks({
      lanes,
      pool,
      from: 0,
      size,
      chunkBytes: connection.chunkBytes,
      signal,
      work: async ({ lane, buffer, position, length }) => {
        const bytes = buffer.subarray(0, length);
        source.readAt(bytes, position);
        digest?.add(bytes, position);
        await lane.write(buffer, length, position);
        counter.add(length);
      },
    });
  } finally {
    for (const lane of lanes) if (lane !== handle) lane.closeLater();
  }
  const [{ size: remoteSize }] = await Promise.all([
    stampAndLook(handle, mtimeMs),
    file.lookAtTarget(),
  ]);
  return { remoteSize, sha256: digest?.hex() ?? "" };
}

async function stampAndLook(handle: RemoteHandle, mtimeMs: number): Promise<{ size: number }> {
  const [, looked] = await Promise.all([
    handle.stamp({ mtimeMs }).catch(keepConnectionErrors),
    handle.stat(),
  ]);
  return looked;
}
