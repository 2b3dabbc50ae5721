/** One pass of polling, by the reference's client configuration. */

import { basename, join } from "node:path";
import {
  apiTarget,
  type Connect,
  deliverToApi,
  type PassOutcome,
  pollerJournalPath,
  pollProject,
  readDocumentApi,
  readPollerConfig,
} from "../poller/mod.ts";
import type { SftpSettings } from "../settings/mod.ts";

/** What a pass works with. */
export interface PollPass {
  /** Gives a connection to the project's server. */
  connect: Connect;
  /** The address of the API. */
  apiUrl: string;
  /** The folder under the base in which files appear. Defaults to the setting `SOURCE_FILES`. */
  sourceFolder?: string | undefined;
  /** The folder of claimed files. Defaults to the setting `IN_PROGRESS_PATH`. */
  inProgressFolder?: string | undefined;
  /** The folder that holds the journals. Defaults to `OPSDECK_HOME`. */
  stateFolder?: string | undefined;
  /** Takes no new work. */
  signal?: AbortSignal | undefined;
}

/**
 * Makes one pass over a project.
 *
 * @throws ConfigurationError when the configuration is not whole; nothing was done then
 */
export async function pollPass(settings: SftpSettings, pass: PollPass): Promise<PassOutcome> {
  const { projectId, path, secret } = settings;
  const { apiUrl, sourceFolder, inProgressFolder, stateFolder, signal } = pass;
  const journalPath = stateFolder === undefined
    ? undefined
    : join(stateFolder, "poller", basename(pollerJournalPath(projectId)));
  return await pollProject({
    config: readPollerConfig(projectId, {
      ...path === undefined ? {} : { path },
      ...sourceFolder === undefined ? {} : { sourceFolder },
      ...inProgressFolder === undefined ? {} : { inProgressFolder },
    }),
    connect: pass.connect,
    deliver: deliverToApi(readDocumentApi(projectId, { url: apiUrl, secret })),
    target: apiTarget,
    journalPath,
  }, { signal });
}
