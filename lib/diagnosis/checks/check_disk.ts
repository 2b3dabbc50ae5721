/** Room on the disks. */

import { format as formatBytes } from "@std/fmt/bytes";
import { type CheckFinding, freeBytes } from "../../core/mod.ts";
import { existingPlace, notTold } from "./existing_place.ts";

/** Below this, journals and databases soon fail, which is worse than a late download. */
const leastBytes = 64 * 1024 ** 2;

/**
 * Looks how much room is left where a folder is, or will be made.
 *
 * @param minFreeGb below so many GiB it is a warning
 */
export async function checkDisk(folder: string, minFreeGb: number): Promise<CheckFinding> {
  const place = await existingPlace(folder);
  if (place === undefined) return notTold(folder, "how much room there is");
  const free = await freeBytes(place);
  const found = `${formatBytes(free, { binary: true })} are free for ${folder}`;
  if (free < leastBytes) {
    return { status: "failed", found, advice: "free some space: nothing can be kept safely" };
  }
  if (free >= minFreeGb * 1024 ** 3) return { status: "ok", found };
  return {
    status: "warning",
    found: `${found}, less than the ${minFreeGb} GiB of ALERT_MIN_FREE_DISK_GB`,
    advice: "free some space, or lower the setting",
  };
}
