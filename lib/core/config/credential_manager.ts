/** The logins of databases and SFTP servers. */

import { ConfigurationError } from "../errors/error_classes.ts";
import { resolveCallerPath } from "./caller_path.ts";
import { ConfigManager, type ConfigManagerOptions } from "./config_manager.ts";
import { readSettings } from "./read_settings.ts";
import type { Secret } from "../secret.ts";

/** A database login. */
export interface DbCredentials {
  /** `DB_USER`. */
  username: string;
  /** `DB_PASSWORD`. */
  password: Secret;
}

/** An SFTP server and the login there, with a password, a private key, or both. */
export interface SftpCredentials {
  /** `SFTP_HOST`, a name or an address. */
  host: string;
  /** `SFTP_PORT`, from 1 to 65535. Defaults to 22. */
  port: number;
  /** `SFTP_USER`. */
  username: string;
  /** `SFTP_PASS`. */
  password?: Secret;
  /** `SFTP_PRIVATE_KEY`, as an absolute path. */
  privateKeyPath?: string;
  /** `SFTP_PASSPHRASE`, of the private key. */
  passphrase?: Secret;
  /** `SFTP_HOST_KEY`, the fingerprint that the server must show (`SHA256:…`). */
  hostKey?: string;
  /** `SFTP_KNOWN_HOSTS`, as an absolute path. */
  knownHostsPath?: string;
}

/**
 * Reads logins from the configuration (reference: requests, CredentialManager). A scope, which is
 * the name of a database, a district or a project, takes the place of the flow in the lookup, so
 * its settings come before the global ones.
 */
export class CredentialManager {
  readonly #options: ConfigManagerOptions;

  /** Makes a reader of credentials; the options are those of `ConfigManager`. */
  constructor(options: ConfigManagerOptions = {}) {
    this.#options = options;
  }

  /**
   * Gives the login of a named database, or the global one.
   *
   * @throws ConfigurationError that lists everything that is missing.
   */
  getDbCredentials(name?: string): DbCredentials {
    const config = new ConfigManager(name, this.#options);
    return readSettings({
      username: () => config.requireVariable("DB_USER"),
      password: () => config.requireSecret("DB_PASSWORD"),
    });
  }

  /**
   * Gives the SFTP server and login of a district or project, or the global ones.
   *
   * @throws ConfigurationError that lists everything that is missing or invalid; a login needs
   * `SFTP_PASS` or `SFTP_PRIVATE_KEY`.
   */
  getSftpCredentials(scope?: string): SftpCredentials {
    const config = new ConfigManager(scope, this.#options);
    const path = (key: string) => {
      const value = config.getVariable(key);
      return value === undefined ? undefined : resolveCallerPath(value, this.#options.env);
    };
    const { login, ...server } = readSettings({
      host: () => hostName(config),
      port: () => config.getVariable("SFTP_PORT", 22, { min: 1, max: 65_535, integer: true }),
      username: () => config.requireVariable("SFTP_USER"),
      login: () => {
        const password = config.getSecret("SFTP_PASS");
        const privateKeyPath = path("SFTP_PRIVATE_KEY");
        if (password === undefined && privateKeyPath === undefined) throw noLogin(config);
        return { password, privateKeyPath };
      },
      passphrase: () => config.getSecret("SFTP_PASSPHRASE"),
      hostKey: () => config.getVariable("SFTP_HOST_KEY"),
      knownHostsPath: () => path("SFTP_KNOWN_HOSTS"),
    });
    const { host, port, username, passphrase, hostKey, knownHostsPath } = server;
    const { password, privateKeyPath } = login;
    return {
      host,
      port,
      username,
      ...(password && { password }),
      ...(privateKeyPath && { privateKeyPath }),
      ...(passphrase && { passphrase }),
      ...(hostKey && { hostKey }),
      ...(knownHostsPath && { knownHostsPath }),
    };
  }
}

/** An address with scheme, user, port or path fails only at connecting, and as an unknown host. */
function hostName(config: ConfigManager): string {
  const host = config.requireVariable("SFTP_HOST").trim();
  if (/^(\[[0-9a-f:.%]+\]|[^\s/@:[\]]+|[0-9a-f]*:[0-9a-f:.%]*:[^\s/@]*)$/i.test(host)) {
    return host.replace(/^\[|\]$/g, "");
  }
  const source = config.lookup("SFTP_HOST")?.source ?? "SFTP_HOST";
  throw new ConfigurationError(
    `Cannot use ${source} as it must be the name or address of a host, without sftp://, user, ` +
      `port or path: it is ${JSON.stringify(host)}; correct it, and set SFTP_PORT for the port`,
    { context: { setting: source, value: host } },
  );
}

function noLogin(config: ConfigManager): ConfigurationError {
  const [password] = config.candidates("SFTP_PASS");
  const [privateKey] = config.candidates("SFTP_PRIVATE_KEY");
  return new ConfigurationError(
    `Cannot log in to the SFTP server as neither a password nor a private key is set; ` +
      `set ${password} or ${privateKey} (the path of the key)`,
    { code: "SETTING_MISSING", context: { candidates: [password, privateKey] } },
  );
}
