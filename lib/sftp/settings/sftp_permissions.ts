/** What a script needs to reach SFTP servers, as narrow as the configuration tells. */

import { join } from "node:path";
import {
  ConfigManager,
  configurationFiles,
  opsdeckHome,
  resolveCallerPath,
} from "../../core/mod.ts";
import { clientConfigOf } from "./client_config.ts";
import { parseClientConfig } from "./sftp_settings.ts";

/** What a run reaches. */
export interface SftpNeeds {
  /** The projects; undefined stands for the settings of all. */
  projects: readonly (string | undefined)[];
  /** Whether new host keys are recorded. */
  acceptNewHostKey?: boolean | undefined;
  /** Local files and folders that are read besides. */
  reads?: readonly string[];
  /** Local folders that are read and written besides. */
  writes?: readonly string[];
}

/**
 * Works out hosts and files of a run.
 *
 * @throws ConfigurationError when a project's server is not configured
 */
export function sftpPermissions(
  { projects, acceptNewHostKey = false, reads = [], writes = [] }: SftpNeeds,
): { net: string[]; read: string[]; write: string[] } {
  const all = projects.map((project) => ({
    config: new ConfigManager(project),
    settings: parseClientConfig(clientConfigOf(project)),
  }));
  const written = writes.map((path) => resolveCallerPath(path));
  const recorded = join(opsdeckHome(), "known_hosts");
  return {
    net: all.map(({ settings: { host, port } }) =>
      host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
    ),
    read: [
      ...all.flatMap(({ config, settings: { privateKeyPath, knownHostsPath } }) => [
        ...configurationFiles(config, ["SFTP_PASS", "SFTP_PASSPHRASE", "API_SECRET"]),
        ...[privateKeyPath, knownHostsPath].flatMap((path) => path === undefined ? [] : [path]),
        // Replacing it needs its folder.
        acceptNewHostKey ? opsdeckHome() : recorded,
      ]),
      ...reads.map((path) => resolveCallerPath(path)),
      ...written,
    ],
    write: [...acceptNewHostKey ? [opsdeckHome()] : [], ...written],
  };
}
