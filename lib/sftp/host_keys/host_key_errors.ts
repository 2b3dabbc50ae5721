/** Why a server is refused, and what its user should do. */

import { ConfigurationError, ErrorCategory } from "../../core/mod.ts";
import { fingerprintOf, hostKeyType } from "./fingerprint.ts";
import type { HostKeyOptions } from "./host_key_options.ts";
import type { KnownHost } from "./known_hosts.ts";

/** The server shows another key than the pinned one. */
export function otherThanPinned(
  server: HostKeyOptions,
  key: Uint8Array,
  pins: readonly string[],
): ConfigurationError {
  const name = server.names?.hostKey ?? "SFTP_HOST_KEY";
  return refusal(
    "HOST_KEY",
    server,
    key,
    `its host key is not the one that ${name} pins (${pins.join(", ")})`,
    `somebody may be listening in: ask its operator whether the key was changed, then correct ${name}`,
  );
}

/** The server shows another key than the known ones. */
export function changedKey(
  server: HostKeyOptions,
  key: Uint8Array,
  known: readonly KnownHost[],
): ConfigurationError {
  const fingerprints = known.map(({ type, key, line }) =>
    `${type} ${fingerprintOf(Uint8Array.fromBase64(key))} in line ${line}`
  );
  return refusal(
    "HOST_KEY",
    server,
    key,
    `ITS HOST KEY HAS CHANGED: known_hosts has ${fingerprints.join(", ")}`,
    "somebody may be listening in: ask its operator whether the key was changed, " +
      "then take the old line out of known_hosts",
  );
}

/** The server shows a key that was revoked. */
export function revokedKey(server: HostKeyOptions, key: Uint8Array): ConfigurationError {
  return refusal(
    "HOST_KEY_REVOKED",
    server,
    key,
    "its host key is marked @revoked in known_hosts",
    "whoever stole the key may be answering: ask its operator",
  );
}

/** Nothing is known of the server. */
export function unknownKey(server: HostKeyOptions, key: Uint8Array): ConfigurationError {
  const name = server.names?.hostKey ?? "SFTP_HOST_KEY";
  return refusal(
    "HOST_KEY_UNKNOWN",
    server,
    key,
    "its host key is not known",
    `compare the fingerprint with its operator's, then set ${name}=${fingerprintOf(key)} or run ` +
      "once with --accept-new-host-key",
  );
}

function refusal(
  code: string,
  { host, port }: HostKeyOptions,
  key: Uint8Array,
  reason: string,
  advice: string,
): ConfigurationError {
  const fingerprint = fingerprintOf(key);
  return new ConfigurationError(
    `Cannot trust ${host}:${port} as ${reason}: it shows ${hostKeyType(key)} ${fingerprint}; ` +
      advice,
    {
      code,
      category: ErrorCategory.PERMISSION,
      context: { host, port, fingerprint, key_type: hostKeyType(key) },
    },
  );
}
