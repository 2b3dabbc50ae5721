/** What the `cache` commands need beyond their permission set. */

import { dirname } from "node:path";
import { ConfigManager, configurationFiles } from "../../core/config/mod.ts";
import { defaultCachePath } from "./cache_options.ts";

/** Gives the cache's folder and the configuration file; nothing else is read, and no host asked. */
export function cachePermissions(): { net: string[]; read: string[]; write: string[] } {
  const folder = dirname(defaultCachePath());
  const files = configurationFiles(new ConfigManager(), []);
  return { net: [], read: [...files, folder], write: [folder] };
}
