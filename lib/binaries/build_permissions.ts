/** What a build needs of Deno's permissions. */

import { ConfigManager, configurationFiles, resolveCallerPath } from "../core/mod.ts";
import { packageCacheFolder } from "../database/embedded/mod.ts";

/** Gives hosts, folders and programs of a build into `out`. */
export function buildPermissions(
  out: string,
): { net: string[]; read: string[]; write: string[]; run: string[] } {
  const folder = resolveCallerPath(out);
  return {
    net: ["dl.deno.land:443"],
    read: [...configurationFiles(new ConfigManager(), []), folder, packageCacheFolder()],
    write: [folder],
    run: ["deno", "gzip", "tar"],
  };
}
