/** Replacing a file as a whole or not at all. */

import { dirname, resolve } from "node:path";
import { FileOperationError } from "../errors/error_classes.ts";
import { toFileError } from "../errors/to_file_error.ts";
import { queueTurn } from "./in_turn.ts";
import { syncFolder } from "./sync_folder.ts";
import { createTemporaryFile } from "./temporary_file.ts";
import { writeAll } from "./write_all.ts";

/** How {@link writeFileAtomic} writes. */
export interface WriteFileOptions {
  /** The mode of the file, such as `0o600`. Defaults to the existing file's, else `0o666 & ~umask`. */
  mode?: number;
  /**
   * Is called when the new content is on the disk, just before it takes the place of the old one.
   * When it throws, the old content stays and the write fails with its error.
   */
  beforeReplace?: () => void | Promise<void>;
}

/**
 * Replaces a file's content, or creates it, durably: after the return it survives a power failure,
 * and at any moment before, a reader and a crash find the old content or the new one, whole.
 *
 * The content goes to a temporary name in the same folder, is flushed and renamed, and the folder
 * is flushed. Mode and, where this user may set it, owner of an existing file are kept; a symbolic
 * link stays, and what it leads to is replaced or created. Writes of one file within this process take effect
 * in the order of their calls. It does not lock: processes that read, change and write one file
 * need `acquireFileLock` around all three.
 *
 * @param data the whole content, or its parts in order: a part may be overwritten once the next
 * one is asked for
 * @throws FileOperationError when the file cannot be written; the old content is then untouched.
 * @throws ConfigurationError when Deno lacks the permission.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array | AsyncIterable<Uint8Array>,
  options: WriteFileOptions = {},
): Promise<void> {
  const whole = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const parts = whole instanceof Uint8Array ? [whole] : whole;
  const turn = queueTurn(`write ${resolve(path)}`);
  await turn.come;
  try {
    await replaceFile(await followLink(path), parts, options);
  } catch (error) {
    throw toFileError(error, "write", path);
  } finally {
    turn.end();
  }
}

async function replaceFile(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { mode, beforeReplace }: WriteFileOptions,
): Promise<void> {
  const existing = await unlessAbsent(() => Deno.stat(path));
  if (existing !== undefined && !existing.isFile) {
    throw new FileOperationError(
      `Cannot write '${path}' as it is not a regular file; name a file`,
      { code: "NOT_A_FILE", context: { file_path: path } },
    );
  }
  const wantedMode = mode ?? existing?.mode ?? undefined;
  // Private until it has its own mode, so that a secret is readable by others at no moment.
  const createMode = wantedMode === undefined ? 0o666 : 0o600;
  const { file, temporaryPath } = await createTemporaryFile(path, createMode);
  try {
    for await (const part of parts) await writeAll(file, part);
    if (existing !== undefined) await keepOwner(temporaryPath, existing);
    if (wantedMode !== undefined) await setMode(temporaryPath, wantedMode & 0o7777);
    await file.sync();
    await beforeReplace?.();
    await Deno.rename(temporaryPath, path);
  } catch (error) {
    // Before the lock goes: after that the name may be another writer's. What cannot be removed
    // is removed by the next write, and must not hide why this one failed.
    await Deno.remove(temporaryPath).catch(() => {});
    throw error;
  } finally {
    file.close();
  }
  await syncFolder(dirname(path));
}

/** A rename onto a symbolic link would replace the link. */
async function followLink(path: string): Promise<string> {
  const isLink = await unlessAbsent(async () => (await Deno.lstat(path)).isSymlink);
  if (isLink !== true) return path;
  const target = await unlessAbsent(() => Deno.realPath(path));
  if (target !== undefined) return target;
  // What it leads to is not there yet, or is a link of which that is true.
  const [folder, text] = await Promise.all([Deno.realPath(dirname(path)), Deno.readLink(path)]);
  return await followLink(resolve(folder, text));
}

async function unlessAbsent<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function keepOwner(path: string, { uid, gid }: Deno.FileInfo): Promise<void> {
  if (Deno.build.os === "windows" || uid === null || gid === null) return;
  const made = await Deno.stat(path);
  if (made.uid === uid && made.gid === gid) return;
  try {
    await Deno.chown(path, uid, gid);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error; // only root may give away
  }
}

async function setMode(path: string, mode: number): Promise<void> {
  if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
}
