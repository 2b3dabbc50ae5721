/** What a run of the poller needs, as narrow as the configuration tells. */

import { ConfigManager, configurationFiles, opsdeckHome } from "../../core/mod.ts";
import { type SftpNeeds, sftpPermissions } from "../settings/mod.ts";
import { readDocumentApi } from "./document_api.ts";
import { pollerJournalFolder } from "./poller_ledger.ts";

/** What a run polls. */
export interface PollNeeds extends Omit<SftpNeeds, "projects"> {
  /** The projects; none stands for the settings of all. */
  projects: readonly string[];
  /** Whether their API is called. */
  usesApi: boolean;
}

/** What is needed to look at what is in hand; no host is asked. */
export function pollStatusPermissions(): { net: string[]; read: string[] } {
  return {
    net: [],
    read: [...configurationFiles(new ConfigManager(), []), pollerJournalFolder()],
  };
}

/**
 * Works out hosts and files of a run.
 *
 * @throws ConfigurationError when a server or an API is not configured.
 */
export function pollPermissions(
  { projects, usesApi, acceptNewHostKey }: PollNeeds,
): { net: string[]; read: string[]; write: string[] } {
  const names = projects.length === 0 ? [undefined] : projects;
  const sftp = sftpPermissions({ projects: names, acceptNewHostKey });
  const apis = usesApi ? names.map((name) => apiAddress(name ?? "global")) : [];
  // Making its own folder needs the one above it where that is missing too.
  const journals = acceptNewHostKey ? opsdeckHome() : pollerJournalFolder();
  return {
    net: [...sftp.net, ...apis],
    read: [...sftp.read, journals],
    write: [...sftp.write, journals],
  };
}

function apiAddress(projectId: string): string {
  const { address: { hostname, port, protocol } } = readDocumentApi(projectId);
  return `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
}
