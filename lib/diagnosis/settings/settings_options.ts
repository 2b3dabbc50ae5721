/** What the command line says about which settings are meant. */

import { ValidationError } from "../../core/mod.ts";
import type { SettingScopes } from "./setting_groups.ts";
import { scriptSettings } from "./script_settings.ts";

/** Names on the command line. */
export interface ScopeFlags {
  /** A flow of the queue. */
  flow?: string | undefined;
  /** A profile of Jira. */
  profile?: string | undefined;
  /** A project of SFTP. */
  project?: string | undefined;
  /** A district of data requests, which has its files on a server of its own. */
  district?: number | undefined;
}

/**
 * Gives the scopes of flags.
 *
 * @throws ValidationError when a project and a district are named, as one login is shown
 */
export async function settingsScopes(flags: ScopeFlags): Promise<SettingScopes> {
  const { flow, profile, project, district } = flags;
  if (district === undefined) return { flow, profile, project };
  if (project !== undefined) {
    throw new ValidationError(
      "--project and --district both choose the SFTP server; give one of them",
      { code: "USAGE" },
    );
  }
  const { districtScope } = await import("../../requests/mod.ts");
  return { flow, profile, project: districtScope(district) };
}

/**
 * Checks that every word names a script with settings.
 *
 * @throws ValidationError that names the words that do not
 */
export function checkScriptNames(words: readonly string[]): void {
  const known = Object.keys(scriptSettings);
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length === 0) return;
  throw new ValidationError(
    `Cannot show the settings of ${unknown.map((word) => `"${word}"`).join(", ")} as no such ` +
      `script has any; scripts with settings are ${known.join(", ")}`,
    { code: "USAGE" },
  );
}
