/** What lies in the folder of downloads, and what room is left there. */

import { dirname, join } from "@std/path";
import { statfs } from "node:fs/promises";
import { permissionMissing, resolveCallerPath, toFileError } from "../../core/mod.ts";
import { metadataSuffix } from "../publishing/mod.ts";

/** What {@link measureDownloadsFolder} gives. */
export interface FolderMeasure {
  /** Files that have a metadata file. */
  files: number;
  /** The size of these, in bytes. */
  file_bytes: number;
  /** The size of everything in it, unfinished attempts included, in bytes. */
  all_bytes: number;
  /** How many bytes this user may still write there; null where the system does not say. */
  free_bytes: number | null;
}

/**
 * Measures the folder of downloads with all below it; symbolic links are not followed. A folder
 * that is missing holds nothing.
 *
 * @throws FileOperationError when something in it cannot be read; the reason of the signal
 */
export async function measureDownloadsFolder(
  downloadsDir: string,
  signal?: AbortSignal,
): Promise<FolderMeasure> {
  const start = resolveCallerPath(downloadsDir);
  const measure: FolderMeasure = { files: 0, file_bytes: 0, all_bytes: 0, free_bytes: null };
  const folders = [start];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    const sizes = new Map<string, number>();
    for (const { name, isDirectory, isFile } of await entriesOf(folder)) {
      const path = join(folder, name);
      if (isDirectory) folders.push(path);
      if (isFile) sizes.set(name, await sizeOf(path));
    }
    for (const [name, size] of sizes) {
      measure.all_bytes += size;
      if (!sizes.has(`${name}${metadataSuffix}`)) continue;
      measure.files++;
      measure.file_bytes += size;
    }
  }
  return { ...measure, free_bytes: await freeBytes(start) };
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return []; // not made yet, or published by now
    throw toFileError(error, "look through", folder);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.lstat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0; // published by now
    throw toFileError(error, "look at", path);
  }
}

/** A folder that is not made yet will be where its parent is. */
async function freeBytes(folder: string): Promise<number | null> {
  for (const path of [folder, dirname(folder)]) {
    try {
      const { bavail, bsize } = await statfs(path);
      return Number(bavail) * Number(bsize);
    } catch (error) {
      const refused = permissionMissing(error);
      if (refused !== undefined) throw refused;
    }
  }
  return null;
}
