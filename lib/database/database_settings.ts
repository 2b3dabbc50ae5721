/** Where a named database is, as the configuration says. */

import { type ConfigManager, ConfigurationError } from "../core/mod.ts";
import { parseConnectionString } from "./connection_string.ts";
import {
  type ConnectionTarget,
  describeAddress,
  dialects,
  isLoopback,
} from "./connection_target.ts";

/** What the configuration says about a named database. */
export type DatabaseSettings =
  | {
    /** A server of its own. */
    readonly embedded: false;
    /** Where it is and how to log in. */
    readonly target: ConnectionTarget;
    /** What supplied the connection string, such as a variable's name. */
    readonly source: string;
    /** What the operator should know before it is used. */
    readonly warnings: readonly string[];
  }
  | {
    /** Nothing is set, which in development means the embedded PostgreSQL. */
    readonly embedded: true;
    /** The database's name on the embedded server. */
    readonly database: string;
    /** Always empty. */
    readonly warnings: readonly string[];
  };

/**
 * Reads `{NAME}_TYPE`, `{NAME}_CONNECTION_STRING` (a secret), and `DB_USER` and `DB_PASSWORD`
 * where the string lacks them (reference: queue, Database Configuration): the flow's, the
 * database's own (`DEVELOPMENT_SURVEYHUB_DB_USER`), or the global ones.
 *
 * @throws ConfigurationError when a value cannot be used, and outside development when the
 * connection string is not set; the message names the variable to set.
 */
export function databaseSettings(config: ConfigManager, name: string): DatabaseSettings {
  const type = config.getVariable(`${name}_TYPE`, undefined, { choices: dialects });
  const key = `${name}_CONNECTION_STRING`;
  const isDevelopment = config.environment === "development";
  const found = config.lookup(key, {
    secret: true,
    meaning: {
      type: "connection string, secret",
      ...(isDevelopment ? { defaultText: "the embedded PostgreSQL" } : {}),
    },
  });
  const [variable = key] = config.candidates(key);

  if (found === undefined && isDevelopment) {
    if (type === undefined || type === "postgresql") {
      return { embedded: true, database: name.toLowerCase(), warnings: [] };
    }
    throw new ConfigurationError(
      `Cannot use the embedded PostgreSQL for "${name}" as its type is set to ${type}; ` +
        `set ${variable}, or unset the type`,
      { context: { database: name } },
    );
  }
  if (found === undefined) {
    throw new ConfigurationError(
      `Cannot find the database "${name}" as ${variable} is not set; set it to a connection ` +
        "string (only development has an embedded database)",
      { code: "SETTING_MISSING", context: { database: name, candidates: config.candidates(key) } },
    );
  }

  const parsed = parseConnectionString(found.value.reveal(), {
    label: found.source,
    ...(type === undefined ? {} : { type }),
  });
  const own = { database: name };
  const username = parsed.username ?? config.lookup("DB_USER", own)?.value;
  const password = parsed.password ?? config.lookup("DB_PASSWORD", { ...own, secret: true })?.value;
  const target = {
    ...parsed,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const warnings = isDevelopment ? [] : encryptionWarnings(target, name);
  return { embedded: false, target, source: found.source, warnings };
}

function encryptionWarnings(target: ConnectionTarget, name: string): string[] {
  if (isLoopback(target.host) || !["disable", "prefer"].includes(target.tls.mode)) return [];
  const remedy = target.dialect === "postgresql" ? "sslmode=verify-full" : "Encrypt=yes";
  const may = target.tls.mode === "prefer" ? "may be" : "is";
  return [
    `The connection to the database "${name}" at ${describeAddress(target)} ${may} unencrypted; ` +
    `put ${remedy} in its connection string`,
  ];
}
