/** Where a download grows before it is published. */

import { createHash } from "node:crypto";
import { join } from "@std/path";
import { acquireFileLock, toFileError } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";
import type { RowContext } from "../row_context.ts";

/** The folder of attempts within a folder of downloads. */
export const attemptsFolderName = ".attempts";

/** A program that a killed run was just starting has the run's locks until it begins. */
const lockTimeoutMs = 500;

/** A download's own folder; disposing gives it free for other processes and keeps its content. */
export interface AttemptFolder extends Disposable {
  /** Its absolute path. */
  readonly path: string;
  /** Removes everything in it but the files named. */
  keepOnly(names: readonly string[]): Promise<void>;
  /** Removes it, once what it was for is published. */
  remove(): Promise<void>;
}

/**
 * Opens the folder in which one item of a row is downloaded, for this process alone.
 *
 * The same row, item and variant find the same folder again, and in it what an interrupted attempt
 * left; anything else has another one. It lies in `.attempts` within the folder of downloads, on
 * the same file system, so that publishing is a rename.
 *
 * @param itemKey the item's address and what is asked of it, as one text
 * @throws FileOperationError when it cannot be made; with the code `LOCK_TIMEOUT`, retryable, when
 * another process is downloading the same item
 */
export async function openAttemptFolder(
  downloadsFolder: string,
  downloadType: DownloadType,
  rowContext: RowContext,
  itemKey: string,
): Promise<AttemptFolder> {
  const hash = createHash("sha256").update(itemKey.toWellFormed()).digest("hex").slice(0, 16);
  const name = `${downloadType}${rowContext.toFilenameSuffix()}_${hash}`;
  const attempts = join(downloadsFolder, attemptsFolderName);
  const path = join(attempts, name);
  try {
    await Deno.mkdir(attempts, { recursive: true });
    const lock = await acquireFileLock(path, { timeoutMs: lockTimeoutMs, removeOnRelease: true });
    try {
      await Deno.mkdir(path, { recursive: true });
    } catch (error) {
      lock.release();
      throw error;
    }
    return {
      path,
      keepOnly: (names) => keepOnly(path, names),
      remove: () => removeFolder(path),
      [Symbol.dispose]: () => lock.release(),
    };
  } catch (error) {
    throw toFileError(error, "prepare the folder", path);
  }
}

async function keepOnly(folder: string, names: readonly string[]): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!names.includes(name)) await Deno.remove(join(folder, name), { recursive: true });
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw toFileError(error, "remove", path);
  }
}
