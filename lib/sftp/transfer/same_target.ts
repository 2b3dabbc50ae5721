/** A target that is there already: the same file, or another one. */

import type { SftpConnection } from "../connection/mod.ts";
import { localDigest, remoteDigest } from "./content_digest.ts";
import type { FilePair, TransferredFile } from "./transfer_options.ts";
import type { TransferWork } from "./transfer_work.ts";

/** What a file is compared by before its content. */
export interface FileLook {
  size: number;
  /** When it was changed last, in milliseconds since 1970. */
  mtimeMs: number;
}

/**
 * Leaves a target that is the same file already: by size and time (whole seconds), or by content
 * where a digest is wanted.
 *
 * @param existing what is there, undefined when it is no file
 * @param taken thrown when it is another one
 */
export async function skipSame(
  connection: SftpConnection,
  pair: FilePair,
  files: { source: FileLook; existing: FileLook | undefined; taken: Error },
  work: TransferWork,
): Promise<TransferredFile> {
  const { source, existing, taken } = files;
  const { sha256 = false, verify = false } = work.options;
  const skipped = { ...pair, status: "skipped", bytes: source.size, resumedFrom: 0 } as const;
  if (existing?.size !== source.size) throw taken;
  if (sha256 || verify) {
    const [theirs, ours] = await Promise.all([
      remoteDigest(connection, pair.remotePath, work),
      localDigest(pair.localPath, work.signal),
    ]);
    if (theirs !== ours) throw taken;
    return { ...skipped, ...(sha256 && { sha256: ours }) };
  }
  if (!isSameByLook(source, existing)) throw taken;
  return skipped;
}

/** Tells whether two files are the same by size and time (whole seconds). */
export function isSameByLook(one: FileLook, other: FileLook): boolean {
  return one.size === other.size && wholeSeconds(one.mtimeMs) === wholeSeconds(other.mtimeMs);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
