/** What reading every setting needs. */

import { ConfigManager, configurationFiles } from "../../core/mod.ts";
import { recordGroups, secretFiles } from "./record_groups.ts";
import type { SettingScopes } from "./setting_groups.ts";

/** Gives the files that settings and secrets are read from; nothing is connected to. */
export async function settingsPermissions(
  scopes: SettingScopes = {},
): Promise<{ net: string[]; read: string[] }> {
  const files = secretFiles(await recordGroups(scopes)).map(({ path }) => path);
  return { net: [], read: [...configurationFiles(new ConfigManager(), []), ...files] };
}
