/** The SFTP servers of districts, and connections to them. */

import { createHash } from "node:crypto";
import { type ConfigManagerOptions, opsdeckHome, type Secret } from "../../core/mod.ts";
import {
  clientConfigOf,
  parseClientConfig,
  ServerAccess,
  type ServerAccessOptions,
  type SftpConnection,
  type SftpSettings,
} from "../../sftp/mod.ts";

/** Where a {@link FileManager} finds servers, and which ones it trusts. */
export interface FileManagerOptions extends ServerAccessOptions {
  /** Where settings are read from. Defaults to the configuration. */
  config?: ConfigManagerOptions;
  /** The folder of host keys, and of the locks of restores. Defaults to `OPSDECK_HOME`. */
  stateFolder?: string | undefined;
}

/** What a server is besides its host and login. */
export interface SftpConnectionOptions {
  /** Defaults to 22. */
  port?: number;
  /** The fingerprint that the server must show, `SHA256:…`. Defaults to what is known of it. */
  hostKey?: string;
}

/** Names the scope in which the settings of a district are looked up: `district_123`. */
export function districtScope(districtId: number): string {
  return `district_${districtId}`;
}

/**
 * Manages SFTP connections (reference: requests, FileManager). Those who need the same server with
 * the same login share one connection, which is made anew when it dies. Disposing closes all.
 */
export class FileManager implements AsyncDisposable {
  readonly #config: ConfigManagerOptions;
  readonly #options: ServerAccessOptions;
  readonly #servers = new Map<string, ServerAccess>();

  /** Prepares it; nothing is read or connected to. */
  constructor(options: FileManagerOptions = {}) {
    const { config = {}, ...access } = options;
    this.#config = config;
    this.#options = access;
  }

  /** The folder of host keys, and of the locks of restores. */
  get stateFolder(): string {
    return this.#options.stateFolder ?? opsdeckHome();
  }

  /**
   * Connects to a server, or gives the connection that there is.
   *
   * @throws ConfigurationError when the login or the host key is refused
   * @throws SFTPConnectionError when the server cannot be reached
   */
  async createSftpConnection(
    host: string,
    user: string,
    password: string | Secret,
    options: SftpConnectionOptions = {},
  ): Promise<SftpConnection> {
    const { port, hostKey } = options;
    const settings = parseClientConfig({
      project_id: host,
      sftp_host: host,
      sftp_port: port,
      sftp_user: user,
      sftp_pass: password,
      sftp_host_key: hostKey,
    });
    return await this.accessTo(settings).connect();
  }

  /**
   * Reads where the server of a district is and how to log in there: `SFTP_HOST`, `SFTP_USER`,
   * `SFTP_PASS` and so on, looked up in the scope `district_<id>`, then for all
   * (`PRODUCTION_DISTRICT_123_SFTP_HOST`, then `PRODUCTION_GLOBAL_SFTP_HOST`).
   *
   * @throws ConfigurationError that lists everything that is missing or malformed
   */
  serverOf(districtId: number): SftpSettings {
    const settings = parseClientConfig(clientConfigOf(districtScope(districtId), this.#config));
    // What districts share is one server, and is connected to once.
    return { ...settings, projectId: `${settings.username}@${settings.host}:${settings.port}` };
  }

  /** Gives the way to a server; the same one for the same server and login. */
  accessTo(settings: SftpSettings): ServerAccess {
    const key = keyOf(settings);
    const access = this.#servers.get(key) ?? new ServerAccess(settings, this.#options);
    this.#servers.set(key, access);
    return access;
  }

  /** Closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** What tells one server and login from another; a digest, so that no secret lies about in it. */
function keyOf(settings: SftpSettings): string {
  const { names: _names, path: _path, secret: _secret, password, passphrase, ...rest } = settings;
  const parts = { ...rest, password: password?.reveal(), passphrase: passphrase?.reveal() };
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
