/** From settings to what a connection is opened with. */

import type { SftpTarget } from "../connection/mod.ts";
import { hostKeyRules } from "../host_keys/mod.ts";
import { readPrivateKey } from "./private_key.ts";
import type { SftpSettings } from "./sftp_settings.ts";

/** How far a server is trusted that is not known yet. */
export interface TrustOptions {
  /** Accept a server of which no key is known, and record its key. Defaults to false. */
  acceptNewHostKey?: boolean | undefined;
  /** The folder in which keys are recorded, in `known_hosts`. Defaults to `OPSDECK_HOME`. */
  stateFolder?: string | undefined;
  /** Told when a key was recorded. */
  onRecorded?: ((text: string) => void) | undefined;
}

/**
 * Reads the private key and what is known of the server's host key. Nothing is connected to.
 *
 * @throws ConfigurationError when one of the files cannot be used; it names the setting
 */
export async function targetOfSettings(
  settings: SftpSettings,
  { acceptNewHostKey = false, onRecorded, stateFolder }: TrustOptions = {},
): Promise<SftpTarget> {
  const { host, port, username, password, pins, knownHostsPath, connections, names } = settings;
  const privateKey = await readPrivateKey(settings);
  const rules = await hostKeyRules({
    host,
    port,
    pins,
    knownHostsPath,
    acceptNewHostKey,
    onRecorded,
    stateFolder,
    names: {
      hostKey: names.sftp_host_key ?? "sftp_host_key",
      knownHosts: names.sftp_known_hosts ?? "sftp_known_hosts",
    },
  });
  return {
    host,
    port,
    username,
    connections,
    ...(password === undefined ? {} : { password }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...rules,
  };
}
