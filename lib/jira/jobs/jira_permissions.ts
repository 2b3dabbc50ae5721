/** What the Jira scripts need beyond their permission set, as narrow as the settings allow. */

import { join } from "@std/path";
import {
  ConfigManager,
  configurationFiles,
  opsdeckHome,
  resolveCallerPath,
} from "../../core/mod.ts";
import { readJiraSettings } from "../client/jira_settings.ts";

/** Works out host, files and folders of a run. */
export function jiraPermissions(
  needs: { profile?: string | undefined; files?: readonly (string | undefined)[] },
): { net: string[]; read: string[]; write: string[] } {
  const { site, caFile } = readJiraSettings(needs.profile);
  const state = join(opsdeckHome(), "jira");
  const files = (needs.files ?? []).flatMap((path) =>
    path === undefined || path === "-" ? [] : [resolveCallerPath(path)]
  );
  const port = site.port || (site.protocol === "https:" ? "443" : "80");
  return {
    net: [`${site.hostname}:${port}`],
    read: [
      ...configurationFiles(new ConfigManager(needs.profile), ["JIRA_API_TOKEN", "JIRA_PAT"]),
      ...(caFile === undefined ? [] : [caFile]),
      ...files,
      state,
    ],
    write: [state],
  };
}
