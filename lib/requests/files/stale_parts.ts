/** What downloads of small files leave in their folder when their process is killed. */

import { join } from "@std/path";

/** A part is changed with every byte, so one that rests for so long is nobody's. */
const abandonedMs = 24 * 60 * 60 * 1000;

/** A request's file, with a number that no later run meets again: `.17_a.csv.<16 digits>.…`. */
const partPattern = /^\.-?\d+_.*\.[0-9a-f]{16}\.opsdeck-part$/s;

/**
 * Removes the parts of requests' files that nobody has changed for a day. Those of more than 1 MiB
 * have other names, under which a later download goes on with them. What cannot be removed stays.
 *
 * @returns the names that were removed
 */
export async function removeStaleParts(
  folder: string,
  nowMs: number = Date.now(),
): Promise<string[]> {
  const removed: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (!isFile || !partPattern.test(name)) continue;
      if (await removeIfStale(join(folder, name), nowMs - abandonedMs)) removed.push(name);
    }
  } catch {
    // There is no folder yet, or it cannot be listed; the downloads say so if they need it.
  }
  return removed;
}

async function removeIfStale(path: string, newestMs: number): Promise<boolean> {
  try {
    // Not mtime, which is that of the source a moment before the part gets its name.
    const { ctime } = await Deno.lstat(path);
    if (ctime === null || ctime.getTime() > newestMs) return false;
    await Deno.remove(path);
    return true;
  } catch {
    return false; // another run was faster, or it is another user's
  }
}
