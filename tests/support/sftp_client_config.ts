/** The configuration by which a test reaches a test server. */

import type { ClientConfig } from "../../lib/sftp/mod.ts";
import type { SftpServer } from "./sftp_server.ts";

/** Gives the reference's configuration of a server: login by key, host key pinned. */
export function clientConfig(
  server: SftpServer,
  changes: Partial<ClientConfig> = {},
): ClientConfig {
  return {
    project_id: "tests",
    sftp_host: server.host,
    sftp_port: String(server.port),
    sftp_user: server.username,
    sftp_private_key: server.privateKeyPath,
    sftp_host_key: server.hostKeyFingerprint,
    ...changes,
  };
}

/** Gives the environment of a script that reaches a server, for a project or for all. */
export function sftpEnvironment(server: SftpServer, project = "GLOBAL"): Record<string, string> {
  const prefix = `DEVELOPMENT_${project.toUpperCase()}_SFTP`;
  return {
    [`${prefix}_HOST`]: server.host,
    [`${prefix}_PORT`]: String(server.port),
    [`${prefix}_USER`]: server.username,
    [`${prefix}_PRIVATE_KEY`]: server.privateKeyPath,
    [`${prefix}_HOST_KEY`]: server.hostKeyFingerprint,
  };
}
