/** Giving a remote part its final name. */

import { FileOperationError } from "../../core/mod.ts";
import { isMissing, isTaken, type SftpConnection } from "../connection/mod.ts";
import type { RemoteHandle } from "./remote_handle.ts";

/** A part that is whole, and what it becomes. */
export interface WholePart {
  partPath: string;
  targetPath: string;
  /** Replaces what is at the target. */
  overwrite: boolean;
  /** The time and permissions to give it before. */
  stamp?: { mtimeMs: number; mode: number };
  signal: AbortSignal;
}

/**
 * Stamps where that is asked for, closes and renames. Without `overwrite` all of it goes out at
 * once, as the server takes it in its order; the caller has just looked that the target is free
 * (`requireFree`). With it, what is there goes only for a part that was taken to its
 * end.
 */
export async function closeAndRename(
  connection: SftpConnection,
  handle: RemoteHandle,
  { partPath, targetPath, overwrite, stamp, signal }: WholePart,
): Promise<void> {
  const stamped = stamp && handle.stamp(stamp).catch(keepConnectionErrors);
  if (overwrite) {
    await stamped;
    await handle.close();
    return await connection.replace(partPath, targetPath, { signal });
  }
  const [stamping, closed, renamed] = await Promise.allSettled([
    stamped,
    handle.close(),
    connection.rename(partPath, targetPath, { signal }),
  ]);
  if (stamping.status === "rejected") throw stamping.reason;
  if (closed.status === "rejected") {
    if (renamed.status === "fulfilled") await connection.remove(targetPath, { signal });
    throw closed.reason;
  }
  if (renamed.status === "fulfilled") return;
  const { reason } = renamed;
  if (!(reason instanceof FileOperationError) || isTaken(reason) || isMissing(reason)) throw reason;
  // Some servers rename no file that is open, and it was when they were asked.
  await connection.rename(partPath, targetPath, { signal });
}

/** Some servers keep no times (object stores): the file is as good without. */
export function keepConnectionErrors(error: unknown): void {
  if (!(error instanceof FileOperationError)) throw error;
}
