/** Connections of tests to test servers. */

import { createHash } from "node:crypto";
import { openConnection, type SftpConnection, type SftpTarget } from "../../lib/sftp/mod.ts";
import type { SftpServer } from "./sftp_server.ts";

/** Gives the target of a server: login by key, host key checked. */
export function targetOf(server: SftpServer, changes: Partial<SftpTarget> = {}): SftpTarget {
  return {
    host: server.host,
    port: server.port,
    username: server.username,
    privateKey: { key: Deno.readFileSync(server.privateKeyPath) },
    verifyHostKey: (key) => {
      const hash = createHash("sha256").update(key).digest("base64").replaceAll("=", "");
      return `SHA256:${hash}` === server.hostKeyFingerprint;
    },
    ...changes,
  };
}

/** Connects to a server. */
export async function connectTo(
  server: SftpServer,
  changes: Partial<SftpTarget> = {},
): Promise<SftpConnection> {
  return await openConnection(targetOf(server, changes));
}
