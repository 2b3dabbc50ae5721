/** Connection strings, in the forms that people have them in. */

import { connectionStringError } from "./connection_string_error.ts";
import type { ConnectionTarget, Dialect } from "./connection_target.ts";
import { isUrl, urlScheme } from "./connection_url.ts";
import { parsePostgresConnectionString } from "./postgres_connection_string.ts";
import { parseSqlServerConnectionString } from "./sqlserver_connection_string.ts";

/** How a connection string is read. */
export interface ConnectionStringOptions {
  /** The kind of server that it must be for. Defaults to what the string says. */
  type?: Dialect;
  /** What errors call the string, such as its variable. Defaults to `the connection string`. */
  label?: string;
}

const schemes: Record<string, Dialect> = {
  postgres: "postgresql",
  postgresql: "postgresql",
  mssql: "sqlserver",
  sqlserver: "sqlserver",
};

const accepted = "write it as postgresql://user:password@host:5432/database, " +
  "mssql+pyodbc://user:password@host:1433/database " +
  "or Server=host,1433;Database=…;User Id=…;Password=…";

/**
 * Reads a connection string: `postgres://`, `postgresql://`, `postgresql+driver://`, `mssql://`,
 * `mssql+driver://` (also with `odbc_connect=`), `Server=…;Database=…` and `Driver={…};Server=…`.
 *
 * ```ts ignore
 * import { parseConnectionString } from "./connection_string.ts";
 *
 * const target = parseConnectionString("postgresql://ada:secret@db.example.com/rpa_db");
 * console.assert(target.port === 5432 && `${target.password}` === "***");
 * ```
 *
 * @throws ConfigurationError naming the string by its label, and showing no part of it.
 */
export function parseConnectionString(
  text: string,
  options: ConnectionStringOptions = {},
): ConnectionTarget {
  const { type, label = "the connection string" } = options;
  const trimmed = text.trim();
  const dialect = isUrl(trimmed) ? schemes[urlScheme(trimmed)] : keywordDialect(trimmed, label);
  if (dialect === undefined) {
    throw connectionStringError(label, "its form is not known", accepted);
  }
  if (type !== undefined && type !== dialect) {
    throw connectionStringError(
      label,
      `it is for ${dialect} and the database's type is set to ${type}`,
      "correct one of the two, or leave the type unset",
    );
  }
  return dialect === "postgresql"
    ? parsePostgresConnectionString(trimmed, label)
    : parseSqlServerConnectionString(trimmed, label);
}

function keywordDialect(text: string, label: string): Dialect | undefined {
  if (/^(host|hostaddr|dbname|port|user)\s*=[^;]*\s(host|dbname|port|user)\s*=/i.test(text)) {
    throw connectionStringError(label, "it is in libpq's keyword form", accepted);
  }
  return /^[;\s]*[a-z][\w ]*=/i.test(text) ? "sqlserver" : undefined;
}
