/** What makes two askers mean the same connection. */

import { createHash } from "node:crypto";
import type { SftpSettings } from "../settings/mod.ts";

/** Gives a text that is the same only for the same project, server, login and host key. */
export function identityOf(settings: SftpSettings): string {
  const { projectId, host, port, username, password, privateKeyPath, passphrase } = settings;
  const parts = [
    projectId,
    host,
    port,
    username,
    password?.reveal(),
    privateKeyPath,
    passphrase?.reveal(),
    settings.pins,
    settings.knownHostsPath,
  ];
  // A digest, as the secrets among them need not lie about a second time.
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
