/** Reading a part of a remote file to its last byte. */

import type { Buffer } from "node:buffer";
import type { RemoteHandle } from "./remote_handle.ts";
import { sourceChanged } from "./transfer_error.ts";

/** Reads all of a part: a server may give less at once than it is asked for. */
export async function readWhole(
  handle: RemoteHandle,
  part: { buffer: Buffer; position: number; length: number; path: string },
): Promise<void> {
  const { buffer, position, length, path } = part;
  let done = 0;
  while (done < length) {
    const count = await handle.read(buffer, done, length - done, position + done);
    if (count === 0) throw sourceChanged(path); // it ends before its size
    done += count;
  }
}
