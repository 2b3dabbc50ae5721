/** A client configuration whose every value has been looked at. */

import {
  ConfigurationError,
  readSettings,
  refusePastedKey,
  resolveCallerPath,
  Secret,
} from "../../core/mod.ts";
import { parsePins } from "../host_keys/mod.ts";
import type { ClientConfig, ClientConfigKey, SettingNames } from "./client_config.ts";

/** What a {@link ClientConfig} means. */
export interface SftpSettings {
  /** The project. */
  projectId: string;
  /** Name or address of the server. */
  host: string;
  /** The port. */
  port: number;
  /** The account. */
  username: string;
  /** Its password. */
  password: Secret | undefined;
  /** The absolute path of the private key. */
  privateKeyPath: string | undefined;
  /** Decrypts the private key. */
  passphrase: Secret | undefined;
  /** The fingerprints of which the server must show one. */
  pins: string[] | undefined;
  /** The absolute path of a `known_hosts` file. */
  knownHostsPath: string | undefined;
  /** How many connections one file may be read over: 1 or 2. */
  connections: number;
  /** The base folder on the server. */
  path: string | undefined;
  /** The secret of API calls. */
  secret: Secret | undefined;
  /** How errors call the keys. */
  names: SettingNames;
}

/**
 * Looks at every value of a configuration.
 *
 * @throws ConfigurationError that lists everything that is missing or malformed
 */
export function parseClientConfig(config: ClientConfig): SftpSettings {
  const { names = {} } = config;
  const read = reader(config);
  const { login: _checked, ...settings } = readSettings({
    projectId: () => read.required("project_id"),
    host: () => {
      read.required("sftp_host");
      return read.checked("sftp_host", isHost, "the name or address of a host") ?? "";
    },
    port: () => Number(read.checked("sftp_port", isPort, "a port from 1 to 65535") ?? 22),
    username: () => read.required("sftp_user"),
    password: () => read.secret("sftp_pass"),
    privateKeyPath: () => read.path("sftp_private_key"),
    passphrase: () => read.secret("sftp_passphrase"),
    pins: () => {
      const wanted = "SHA256: and 43 characters, as ssh-keygen -l prints it";
      const pins = read.checked("sftp_host_key", (text) => parsePins(text) !== undefined, wanted);
      return pins === undefined ? undefined : parsePins(pins);
    },
    knownHostsPath: () => read.path("sftp_known_hosts"),
    connections: () =>
      Number(read.checked("sftp_connections", (text) => /^[12]$/.test(text), "1 or 2") ?? 2),
    path: () => read.text("path"),
    secret: () => read.secret("secret"),
    login: () => {
      if (read.secret("sftp_pass") ?? read.text("sftp_private_key")) return;
      throw missing(names, ["sftp_pass", "sftp_private_key"]);
    },
  });
  return { ...settings, names };
}

function reader(config: ClientConfig) {
  const { names = {} } = config;
  const text = (key: ClientConfigKey): string | undefined => {
    const value = config[key];
    if (value === undefined || value === null || value === "") return undefined;
    return value instanceof Secret ? value.reveal() : String(value);
  };
  const checked = (key: ClientConfigKey, isRight: (text: string) => boolean, wanted: string) => {
    const value = text(key)?.trim();
    if (value === undefined || isRight(value)) return value;
    const name = names[key] ?? key;
    refusePastedKey(name, value);
    throw new ConfigurationError(
      `Cannot use ${name} as it must be ${wanted}: it is ${JSON.stringify(value)}; correct it`,
      { context: { setting: name, value } },
    );
  };
  return {
    text,
    checked,
    required(key: ClientConfigKey): string {
      const value = text(key);
      if (value === undefined) throw missing(names, [key]);
      return value;
    },
    secret(key: ClientConfigKey): Secret | undefined {
      const value = text(key);
      return value === undefined ? undefined : new Secret(value);
    },
    path(key: ClientConfigKey): string | undefined {
      const value = text(key);
      if (value !== undefined) refusePastedKey(names[key] ?? key, value);
      return value === undefined ? undefined : resolveCallerPath(value);
    },
  };
}

function missing(names: SettingNames, keys: readonly ClientConfigKey[]): ConfigurationError {
  const [first = "", ...others] = keys.map((key) => names[key] ?? key);
  return new ConfigurationError(
    `Cannot use the SFTP configuration as ${[first, ...others].join(" or ")} is missing; set ` +
      (others.length === 0 ? "it" : "one of them"),
    { code: "SETTING_MISSING", context: { setting: first } },
  );
}

function isHost(text: string): boolean {
  return /^([^\s/@:[\]]+|[0-9a-f]*:[0-9a-f:.%]*:[^\s/@]*)$/i.test(text);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
