/** What the checks need of Deno's permissions. */

import { callerDirectory, ConfigManager, opsdeckHome } from "../../core/mod.ts";
import type { PermissionNeeds } from "../../core/command_line/mod.ts";
import { settingsPermissions } from "../settings/mod.ts";

/**
 * Gives folders and programs. The hosts are those of the set: a server that is configured wrongly
 * must not keep the line from being printed.
 */
export async function doctorPermissions(): Promise<PermissionNeeds> {
  const { ytdlpPath } = await import("../../downloads/mod.ts");
  const { read } = await settingsPermissions();
  return {
    read: [callerDirectory(), opsdeckHome(), ...read],
    run: [ytdlpPath(new ConfigManager("downloads")), "kill"],
  };
}
