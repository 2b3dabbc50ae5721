/** Where a build keeps what it does not need in the end. */

import { join } from "@std/path";
import { acquireFileLock } from "../core/mod.ts";

/** A folder to work in; disposing removes it. */
export interface WorkFolder extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
}

/**
 * Makes the folder in `out`, which is made if need be, so that what is built in it can be renamed.
 *
 * @throws FileOperationError when another build has it for 30 s.
 */
export async function makeWorkFolder(out: string, signal: AbortSignal): Promise<WorkFolder> {
  await Deno.mkdir(out, { recursive: true });
  const path = join(out, ".build");
  const lock = await acquireFileLock(path, { signal, removeOnRelease: true });
  const remove = async () => {
    try {
      await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  // A killed build leaves it behind.
  await remove();
  await Deno.mkdir(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await remove();
      lock.release();
    },
  };
}
