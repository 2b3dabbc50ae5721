/** Making a rename or a new file survive a power failure. */

import { errorCodeOf } from "../errors/errno_codes.ts";

/**
 * Writes a folder's list of names to the disk.
 *
 * File systems that know no such thing (some network ones, and Windows) are left alone.
 */
export async function syncFolder(folder: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using handle = await Deno.open(folder);
  try {
    await handle.sync();
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== "EINVAL" && code !== "ENOTSUP") throw error;
  }
}
