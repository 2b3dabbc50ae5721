/** Opens a connection by its settings. */

import { ConfigurationError, ErrorCategory } from "../../core/mod.ts";
import {
  describeServer,
  openConnection,
  type OpenConnectionOptions,
  type SftpConnection,
  type SftpTarget,
} from "../connection/mod.ts";
import type { SftpSettings } from "./sftp_settings.ts";
import { targetOfSettings, type TrustOptions } from "./target_of_settings.ts";

/** How {@link openConfigured} opens. */
export interface OpenConfiguredOptions extends TrustOptions, OpenConnectionOptions {
  /** Changes what the connection is opened with, such as its times. */
  adjust?: ((target: SftpTarget) => SftpTarget) | undefined;
}

/**
 * Reads key and known hosts, connects and logs in.
 *
 * @throws ConfigurationError when a file cannot be used, the host key is refused, or the login is
 * (`LOGIN_REFUSED`); it names the settings. SFTPConnectionError as {@link openConnection} does.
 */
export async function openConfigured(
  settings: SftpSettings,
  options: OpenConfiguredOptions = {},
): Promise<SftpConnection> {
  const { adjust = (target) => target, signal } = options;
  const target = adjust(await targetOfSettings(settings, options));
  signal?.throwIfAborted();
  try {
    return await openConnection(target, { signal });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    if (error.code === "LOGIN_REFUSED") throw loginRefused(settings, target, error);
    if (error.code !== "HOST_KEY" || settings.pins === undefined) throw error;
    return await openWithAnotherKey(target, error, signal);
  }
}

/**
 * A server may have several keys, and a fingerprint does not tell which kind it is of: the others
 * are asked for before the server is refused.
 */
async function openWithAnotherKey(
  target: SftpTarget,
  refusal: ConfigurationError,
  signal: AbortSignal | undefined,
): Promise<SftpConnection> {
  const kinds = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"];
  for (const kind of kinds.filter((kind) => kind !== refusal.context["key_type"])) {
    try {
      return await openConnection({ ...target, hostKeyTypes: [kind] }, { signal });
    } catch (error) {
      if (!(error instanceof ConfigurationError && error.code === "HOST_KEY")) throw error;
    }
  }
  throw refusal;
}

function loginRefused(
  { names, password, privateKeyPath }: SftpSettings,
  target: SftpTarget,
  cause: ConfigurationError,
): ConfigurationError {
  const secrets = [
    ...password === undefined ? [] : [names.sftp_pass ?? "sftp_pass"],
    ...privateKeyPath === undefined ? [] : [names.sftp_private_key ?? "sftp_private_key"],
  ];
  return new ConfigurationError(
    `Cannot log in to ${describeServer(target)} as the server refused the login; ` +
      `check ${[names.sftp_user ?? "sftp_user", ...secrets].join(", ")}`,
    { code: "LOGIN_REFUSED", category: ErrorCategory.PERMISSION, cause, context: cause.context },
  );
}
