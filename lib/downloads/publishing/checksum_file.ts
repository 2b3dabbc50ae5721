/** Reading a finished file once: its length, its checksum, and that it is on the disk. */

import { createHash } from "node:crypto";
import { toFileError } from "../../core/mod.ts";

const blockBytes = 1024 * 1024;

/** Length and checksum of a file. */
export interface FileChecksum {
  /** Its length in bytes. */
  sizeBytes: number;
  /** The SHA-256 of its content, in hexadecimal digits. */
  sha256: string;
}

/**
 * Flushes a file to the disk and reads it for its checksum.
 *
 * @throws FileOperationError when it cannot be read or flushed
 */
export async function checksumFile(path: string, signal?: AbortSignal): Promise<FileChecksum> {
  try {
    using file = await Deno.open(path, { read: true, write: true });
    await file.sync();
    const hash = createHash("sha256");
    const block = new Uint8Array(blockBytes);
    let sizeBytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const count = await file.read(block);
      if (count === null) return { sizeBytes, sha256: hash.digest("hex") };
      hash.update(block.subarray(0, count));
      sizeBytes += count;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw toFileError(error, "read", path);
  }
}
