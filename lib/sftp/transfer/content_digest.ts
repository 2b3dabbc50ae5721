/** SHA-256 of whole files, local and remote. */

import { createHash } from "node:crypto";
import { toFileError } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";
import { flowChunks } from "./chunk_flow.ts";
import { openReadLanes } from "./lanes.ts";
import { OrderedDigest } from "./ordered_digest.ts";
import { readWhole } from "./read_whole.ts";
import { RemoteHandle } from "./remote_handle.ts";
import type { TransferWork } from "./transfer_work.ts";

/** Reads a remote file and gives its SHA-256 in hexadecimal digits. */
export async function remoteDigest(
  connection: SftpConnection,
  path: string,
  work: TransferWork,
): Promise<string> {
  const stop = new AbortController();
  const signal = AbortSignal.any([work.signal, stop.signal]);
  const handle = await RemoteHandle.open(connection, path, "r", { signal });
  let lanes = [handle];
  try {
    const source = await handle.stat();
    lanes = await openReadLanes(handle, { connection, path, source }, signal);
    const digest = new OrderedDigest();
    await flowChunks({
      lanes,
      pool: work.pool,
      from: 0,
      size: source.size,
      chunkBytes: connection.chunkBytes,
      signal,
      work: async ({ lane, buffer, position, length }) => {
        await readWhole(lane, { buffer, position, length, path });
        digest.add(buffer.subarray(0, length), position);
      },
    });
    return digest.hex();
  } finally {
    stop.abort();
    for (const lane of lanes) lane.closeLater();
  }
}

/** Reads a local file and gives its SHA-256 in hexadecimal digits. */
export async function localDigest(path: string, signal: AbortSignal): Promise<string> {
  try {
    using file = await Deno.open(path);
    const hash = createHash("sha256");
    const buffer = new Uint8Array(1024 * 1024);
    for (;;) {
      signal.throwIfAborted();
      const count = await file.read(buffer);
      if (count === null) return hash.digest("hex");
      hash.update(buffer.subarray(0, count));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw toFileError(error, "read", path);
  }
}
