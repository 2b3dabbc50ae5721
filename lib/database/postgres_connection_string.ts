/** PostgreSQL connection URLs: https://www.postgresql.org/docs/18/libpq-connect.html */

import { resolveCallerPath, Secret } from "../core/mod.ts";
import {
  checkHost,
  checkText,
  connectionStringError,
  parsePort,
  parseTimeoutSeconds,
} from "./connection_string_error.ts";
import type { ConnectionTarget, TlsMode, TlsSettings } from "./connection_target.ts";
import { isSocketFolder } from "./connection_target.ts";
import { parseConnectionUrl } from "./connection_url.ts";

/** libpq's default: encrypted when the server can. */
const defaultTlsMode: TlsMode = "prefer";

const tlsModes: Record<string, TlsMode> = {
  disable: "disable",
  allow: "prefer",
  prefer: "prefer",
  require: "require",
  "verify-ca": "verify-ca",
  "verify-full": "verify-full",
  // As `ssl=…` is written by the drivers of other languages.
  true: "require",
  false: "disable",
};

const usedOptions = [
  "application_name",
  "connect_timeout",
  "dbname",
  "host",
  "options",
  "password",
  "pgbouncer",
  "port",
  "ssl",
  "sslmode",
  "sslrootcert",
  "user",
];

/** Options whose meaning does not depend on the client, or that are the default here. */
const ignoredOptions = [
  "client_encoding",
  "fallback_application_name",
  "gssencmode",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "tcp_user_timeout",
];

const unsupportedOptions = [
  "channel_binding",
  "hostaddr",
  "passfile",
  "service",
  "sslcert",
  "sslcrl",
  "sslkey",
  "target_session_attrs",
];

/**
 * Reads `postgres://`, `postgresql://` and `postgresql+driver://` URLs.
 *
 * @throws ConfigurationError naming `label`, and no part of the text.
 */
export function parsePostgresConnectionString(text: string, label: string): ConnectionTarget {
  const url = parseConnectionUrl(text, label);
  const options = readOptions(url.options, label);

  const hostOption = options.get("host");
  const host = hostOption === undefined || isSocketFolder(hostOption)
    ? hostOption ?? url.host
    : checkHost(hostOption, label);
  if (host === "") {
    throw connectionStringError(
      label,
      "it names no server",
      "write it as postgresql://user:password@host:5432/database",
    );
  }
  if (url.instance !== undefined) checkHost(`${host}\\`, label);

  const database = options.get("dbname") ?? url.database;
  if (database === "") {
    throw connectionStringError(
      label,
      "it names no database",
      "add it after the host, as in postgresql://user:password@host:5432/database",
    );
  }
  const portOption = options.get("port");
  const username = options.get("user") ?? url.username;
  const password = options.get("password") ?? url.password;
  const timeout = options.get("connect_timeout");
  const connectTimeoutMs = timeout === undefined
    ? undefined
    : parseTimeoutSeconds(timeout, "connect_timeout", label);
  const applicationName = options.get("application_name");
  const startupOptions = options.get("options");

  return {
    dialect: "postgresql",
    host,
    port: portOption === undefined ? url.port ?? 5432 : parsePort(portOption, label),
    database: checkText(database, "database name", label),
    ...(username === undefined ? {} : { username: checkText(username, "user name", label) }),
    ...(password === undefined
      ? {}
      : { password: new Secret(checkText(password, "password", label)) }),
    tls: readTls(options, label),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(startupOptions === undefined ? {} : { startupOptions }),
    ...(options.get("pgbouncer") === "true" ? { behindPooler: true } : {}),
  };
}

function readOptions(
  pairs: readonly [name: string, value: string][],
  label: string,
): Map<string, string> {
  const options = new Map<string, string>();
  for (const [index, [name, value]] of pairs.entries()) {
    if (ignoredOptions.includes(name)) continue;
    if (unsupportedOptions.includes(name)) {
      throw connectionStringError(label, `it asks for "${name}"`, "opsdeck has no such option");
    }
    // An unknown name is not shown: it may be the rest of a password with a '?' in it.
    if (!usedOptions.includes(name)) {
      throw connectionStringError(
        label,
        `its option number ${index + 1} is not known`,
        `known are ${usedOptions.join(", ")}`,
      );
    }
    if (options.has(name)) {
      throw connectionStringError(label, `it gives "${name}" twice`, "leave one of them");
    }
    options.set(name, value);
  }
  return options;
}

function readTls(options: ReadonlyMap<string, string>, label: string): TlsSettings {
  const name = options.get("sslmode") ?? options.get("ssl");
  const rootCertificate = options.get("sslrootcert");
  // libpq: the authorities of the machine, which makes sense only with the name checked.
  if (rootCertificate === "system" && (name === undefined || name === "verify-full")) {
    return { mode: "verify-full" };
  }
  const mode = name === undefined ? defaultTlsMode : tlsModes[name];
  if (mode === undefined) {
    throw connectionStringError(
      label,
      "its sslmode is not known",
      "use disable, prefer, require, verify-ca or verify-full",
    );
  }
  if (rootCertificate === undefined) return { mode };
  if (rootCertificate === "system") {
    throw connectionStringError(label, `sslrootcert=system needs sslmode=verify-full`, "set it");
  }
  // libpq: "require" with a root certificate verifies it.
  return {
    mode: mode === "require" ? "verify-ca" : mode,
    caFile: resolveCallerPath(rootCertificate),
  };
}
