/** Looking at an SFTP server without changing anything. */

import { type CheckFinding, ConfigManager } from "../core/mod.ts";
import { clientConfigOf, openConfigured, parseClientConfig } from "./settings/mod.ts";

/**
 * Connects to the server of a project, or of all, checks its host key, logs in, and looks for the
 * base folder. No host key is recorded.
 *
 * @throws ConfigurationError when it is configured wrongly, shows a key that is not known (the
 * message has its fingerprint), or refuses the login.
 * @throws SFTPConnectionError when it cannot be reached.
 */
export async function checkSftpServer(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<CheckFinding> {
  const isSet = new ConfigManager(project).lookup("SFTP_HOST") !== undefined;
  if (project === undefined && !isSet) {
    return { status: "not_configured", found: "SFTP_HOST is not set for all projects" };
  }
  const settings = parseClientConfig(clientConfigOf(project));
  const startedAtMs = performance.now();
  const connection = await openConfigured(settings, { signal });
  try {
    const elapsedMs = Math.round(performance.now() - startedAtMs);
    const { path } = settings;
    const folder = path === undefined ? undefined : await connection.exists(path, { signal });
    const found = `${connection.server}: logged in within ${elapsedMs} ms, its host key is known`;
    if (path === undefined || folder !== undefined) return { status: "ok", found };
    return {
      status: "failed",
      found: `${found}; the base folder "${path}" is not there`,
      advice: "correct SFTP_PATH, or have the folder made",
    };
  } finally {
    await connection.close();
  }
}
