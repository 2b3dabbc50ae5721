/** The reference's client configuration, from code or from the settings of a project. */

import {
  ConfigManager,
  type ConfigManagerOptions,
  CredentialManager,
  readSettings,
  type Secret,
} from "../../core/mod.ts";

/** How to reach and enter a server (reference: sftp, Client Configuration Dictionary). */
export interface ClientConfig {
  /** Names the project; connections are kept by it. */
  project_id: string;
  /** Name or address of the server. */
  sftp_host: string;
  /** From 1 to 65535, as a number or as text. Defaults to 22. */
  sftp_port?: string | number | undefined;
  /** The account. */
  sftp_user: string;
  /** Its password. It or `sftp_private_key` is needed. */
  sftp_pass?: string | Secret | undefined;
  /** The base folder on the server. */
  path?: string | undefined;
  /** The secret that API calls are signed with; needed only where an API is called. */
  secret?: string | Secret | undefined;
  /** The path of a private key: OpenSSH or PEM. A relative one starts at the caller's folder. */
  sftp_private_key?: string | undefined;
  /** Decrypts the private key. */
  sftp_passphrase?: string | Secret | undefined;
  /** The fingerprint that the server must show, `SHA256:…`; several with commas between them. */
  sftp_host_key?: string | undefined;
  /** The path of a `known_hosts` file to trust. */
  sftp_known_hosts?: string | undefined;
  /** How many connections one file may be read over: 1 or 2. Defaults to 2. */
  sftp_connections?: number | string | undefined;
  /** How errors call the keys above, such as the variables that they came from. */
  names?: SettingNames | undefined;
}

/** The keys of a {@link ClientConfig} that errors may name. */
export type ClientConfigKey = Exclude<keyof ClientConfig, "names">;

/** Names for errors; a key without one is called by itself. */
export type SettingNames = Readonly<Partial<Record<ClientConfigKey, string>>>;

const settingKeys = {
  sftp_host: "SFTP_HOST",
  sftp_port: "SFTP_PORT",
  sftp_user: "SFTP_USER",
  sftp_pass: "SFTP_PASS",
  sftp_private_key: "SFTP_PRIVATE_KEY",
  sftp_passphrase: "SFTP_PASSPHRASE",
  sftp_host_key: "SFTP_HOST_KEY",
  sftp_known_hosts: "SFTP_KNOWN_HOSTS",
  sftp_connections: "SFTP_CONNECTIONS",
  path: "SFTP_PATH",
  secret: "API_SECRET",
} as const satisfies Partial<Record<ClientConfigKey, string>>;

/**
 * Builds the configuration of a project from the settings: `SFTP_HOST`, `SFTP_PORT`, `SFTP_USER`,
 * `SFTP_PASS`, `SFTP_PRIVATE_KEY`, `SFTP_PASSPHRASE`, `SFTP_HOST_KEY`, `SFTP_KNOWN_HOSTS`,
 * `SFTP_CONNECTIONS`, `SFTP_PATH` and `API_SECRET`, each looked up for the project, then for all.
 *
 * @param project the project's name, and its `project_id`; by default the settings of all, under
 * the id `global`
 * @param options where settings are read from; by default as `ConfigManager` does
 * @throws ConfigurationError that lists everything that is missing or malformed, by the names of
 * the environment variables
 */
export function clientConfigOf(
  project?: string,
  options: ConfigManagerOptions = {},
): ClientConfig {
  const config = new ConfigManager(project, options);
  const { credentials, connections, path, secret } = readSettings({
    credentials: () => new CredentialManager(options).getSftpCredentials(project),
    connections: () =>
      config.getVariable(settingKeys.sftp_connections, 2, { min: 1, max: 2, integer: true }),
    path: () => config.getVariable(settingKeys.path),
    secret: () => config.getSecret(settingKeys.secret),
  });
  const names = Object.fromEntries(
    Object.entries(settingKeys).map(([key, setting]) => [key, variableOf(config, setting)]),
  );
  return {
    project_id: project ?? "global",
    sftp_host: credentials.host,
    sftp_port: credentials.port,
    sftp_user: credentials.username,
    sftp_pass: credentials.password,
    sftp_private_key: credentials.privateKeyPath,
    sftp_passphrase: credentials.passphrase,
    sftp_host_key: credentials.hostKey,
    sftp_known_hosts: credentials.knownHostsPath,
    sftp_connections: connections,
    path,
    secret,
    names,
  };
}

/** The variable or file entry that a setting came from, or the first one that could hold it. */
function variableOf(config: ConfigManager, setting: string): string {
  const secret = /_PASS|PASSPHRASE|SECRET/.test(setting);
  const found = secret ? config.lookup(setting, { secret }) : config.lookup(setting);
  return found?.source ?? config.candidates(setting)[0] ?? setting;
}
