/** How much a download brought. */

import { join } from "@std/path";
import { resolveCallerPath } from "../../core/mod.ts";
import type { MediaDownloadResult } from "../item_result.ts";

/** Gives the size of the files that a download has published, without those that were there. */
export async function bytesPublished(
  downloadsDir: string,
  { items }: MediaDownloadResult,
): Promise<number> {
  const folder = resolveCallerPath(downloadsDir);
  const names = items.filter(({ outcome }) => outcome === "downloaded")
    .flatMap(({ files }) => files);
  const sizes = await Promise.all(names.map(async (name) => {
    const found = await Deno.stat(join(folder, name)).catch(() => undefined);
    return found?.size ?? 0; // moved away at once: the number is only told
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}
