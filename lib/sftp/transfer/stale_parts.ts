/** Parts of uploads that were cut off together with their connection. */

import { isMissing, type OperationOptions, type SftpConnection } from "../connection/mod.ts";
import { isUniquePartName } from "./part_name.ts";

/** How {@link removeStaleParts} tells a part that is given up from one that is being written. */
export interface StalePartsOptions extends OperationOptions {
  /**
   * How long nobody has written or read it, in milliseconds, by the clocks of both. Defaults to a
   * day.
   */
  minAgeMs?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes from a remote folder what `uploadFile` left there when its connection or its process
 * died: files called `.<name>.<16 hexadecimal digits>.opsdeck-part` that nobody writes any more.
 *
 * A part that is whole has its source's time, however old, until it is renamed: but it was read when
 * it got that time, as far as its server tells.
 *
 * @returns the paths that were removed
 */
export async function removeStaleParts(
  connection: SftpConnection,
  folder: string,
  options: StalePartsOptions = {},
): Promise<string[]> {
  const { minAgeMs = dayMs, ...rest } = options;
  const newestMs = Date.now() - minAgeMs;
  const removed: string[] = [];
  for (const { name, path, kind, mtimeMs, atimeMs = 0 } of await connection.list(folder, rest)) {
    const usedMs = Math.max(mtimeMs, atimeMs);
    if (kind !== "file" || !isUniquePartName(name) || usedMs > newestMs) continue;
    try {
      await connection.remove(path, rest);
      removed.push(path);
    } catch (error) {
      if (!isMissing(error)) throw error; // another run was faster
    }
  }
  return removed;
}
