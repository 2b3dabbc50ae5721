/** Which groups of settings each script reads. */

import type { SettingGroupName } from "./setting_groups.ts";

/** What a script reads; logging is read by all. */
export interface ScriptSettings {
  /** Without these it cannot do its job. */
  needs: readonly SettingGroupName[];
  /** These it reads for some of its commands or options. */
  may?: readonly SettingGroupName[];
}

/** The settings of every script, by the script's name. */
export const scriptSettings: Readonly<Record<string, ScriptSettings>> = {
  "bulk-download": { needs: ["source_database", "sftp"] },
  "claim-batch": { needs: ["queue_database", "queue"] },
  "database": { needs: [], may: ["queue_database", "source_database"] },
  "download-files": { needs: ["source_database", "sftp"] },
  "find-requests": { needs: ["source_database"] },
  "jira-batch": { needs: ["jira", "jira_cache"] },
  "monitor-integrations": { needs: ["source_database"] },
  "poll-sftp": { needs: ["sftp", "poller"], may: ["document_api", "queue_database"] },
  "queue": { needs: ["queue_database", "queue"], may: ["source_database"] },
  "quickstart": { needs: [], may: ["queue_database", "queue"] },
  "refresh-districts": { needs: ["source_database", "sftp"] },
  "rerun": { needs: ["source_database"] },
  "restore-files": { needs: ["source_database", "sftp"] },
  "sample-requests": { needs: ["source_database"] },
  "sftp-files": { needs: ["sftp"] },
  "track-downloads": { needs: ["downloads"] },
};

/** Gives the groups that a script reads, logging included. */
export function groupsOf(script: string): SettingGroupName[] {
  const { needs = [], may = [] } = scriptSettings[script] ?? {};
  return ["logging", ...needs, ...may];
}

/** Gives the scripts that read a group; all of them is an empty list. */
export function scriptsOf(group: SettingGroupName): string[] {
  if (group === "logging") return [];
  return Object.keys(scriptSettings).filter((script) => groupsOf(script).includes(group));
}
