/**
 * SQL Server connection strings: ADO.NET, ODBC and SQLAlchemy's URLs.
 * https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconnection.connectionstring
 */

import { resolveCallerPath, Secret } from "../core/mod.ts";
import {
  checkHost,
  checkText,
  connectionStringError,
  parsePort,
  parseTimeoutSeconds,
} from "./connection_string_error.ts";
import type { ConnectionTarget, TlsSettings } from "./connection_target.ts";
import { normalizeKey } from "./keyword_string.ts";
import { readSqlServerKeywords, type SqlServerKeywords } from "./sqlserver_keywords.ts";

/**
 * Reads `mssql://` and `mssql+driver://` URLs (with `odbc_connect=` too), `Server=…;Database=…`
 * and `Driver={…};Server=…`.
 *
 * Encryption is asked for, with the certificate verified, unless the string says otherwise.
 *
 * @throws ConfigurationError naming `label`, and no part of the text.
 */
export function parseSqlServerConnectionString(text: string, label: string): ConnectionTarget {
  const keywords = readSqlServerKeywords(text, label);
  refuseOtherLogins(keywords, label);

  const database = keywords.get("database");
  if (!database) {
    throw connectionStringError(label, "it names no database", "add Database=… to it");
  }
  const server = readServer(keywords.get("server") ?? "", keywords.get("port"), label);
  const login = keywords.get("user") || undefined;
  const backslash = login?.indexOf("\\") ?? -1;
  const username = login?.slice(backslash + 1);
  const domain = backslash > 0 ? login?.slice(0, backslash) : undefined;
  const password = keywords.get("password");
  const application = keywords.get("application");
  const timeout = keywords.get("timeout");
  const connectTimeoutMs = timeout === undefined
    ? undefined
    : parseTimeoutSeconds(timeout, "connection timeout", label);

  return {
    dialect: "sqlserver",
    ...server,
    database: checkText(database, "database name", label),
    ...(username === undefined ? {} : { username: checkText(username, "user name", label) }),
    ...(password === undefined
      ? {}
      : { password: new Secret(checkText(password, "password", label)) }),
    tls: readTls(keywords, label),
    ...(application === undefined ? {} : { applicationName: application }),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(domain === undefined ? {} : { domain }),
    ...(/^readonly$/i.test(keywords.get("intent") ?? "") ? { readOnlyIntent: true } : {}),
  };
}

function refuseOtherLogins(keywords: SqlServerKeywords, label: string): void {
  const advice = "use a SQL Server login, with User Id and Password";
  if (keywords.has("dsn")) {
    throw connectionStringError(
      label,
      "it names a data source (DSN)",
      "name the server itself, as in Server=host,1433;Database=…;User Id=…;Password=…",
    );
  }
  const integrated = keywords.get("integrated");
  if (integrated !== undefined && !isNo(integrated)) {
    throw connectionStringError(label, "it asks for the Windows login of this process", advice);
  }
  const authentication = keywords.get("authentication") ?? "";
  if (!["", "sqlpassword"].includes(normalizeKey(authentication))) {
    throw connectionStringError(label, "it asks for another kind of login", advice);
  }
}

function readServer(
  text: string,
  portKey: string | undefined,
  label: string,
): Pick<ConnectionTarget, "host" | "port"> {
  const server = text.replace(/^tcp:/i, "").trim();
  if (/^(np|lpc|admin|via):/i.test(server)) {
    throw connectionStringError(
      label,
      "it asks for another protocol than TCP",
      "use tcp:host,1433",
    );
  }
  const comma = server.lastIndexOf(",");
  const portText = comma < 0 ? portKey : server.slice(comma + 1).trim();
  const [name = "", instance] = (comma < 0 ? server : server.slice(0, comma)).trim().split("\\", 2);
  // The port of an instance is only known to SQL Server Browser, whose protocol (UDP 1434) needs
  // more network permission than any script has. With a port, the instance says nothing.
  if (instance !== undefined && portText === undefined) {
    throw connectionStringError(
      label,
      "it names an instance of the server",
      "give the instance's TCP port in its place, as in Server=host,1433",
    );
  }
  const host = /^(\.|\(local\))$/i.test(name) ? "localhost" : name.replace(/^\[(.*)\]$/, "$1");
  if (/^[^:[\]]+:\d+$/.test(host)) {
    throw connectionStringError(
      label,
      "it gives the port after a colon",
      "give it after a comma, as in Server=host,1433",
    );
  }
  return {
    host: checkHost(host, label),
    port: portText === undefined ? 1433 : parsePort(portText, label),
  };
}

function readTls(keywords: SqlServerKeywords, label: string): TlsSettings {
  const encrypt = keywords.get("encrypt") ?? "yes";
  const trust = keywords.get("trust") ?? "no";
  const serverName = keywords.get("certificateHost");
  const caFile = keywords.get("certificateFile");
  if (!isYes(trust) && !isNo(trust)) {
    throw connectionStringError(label, "its TrustServerCertificate is not yes or no", "correct it");
  }
  const strict = /^strict$/i.test(encrypt);
  if (isNo(encrypt) || /^optional$/i.test(encrypt)) return { mode: "disable" };
  if (!strict && !isYes(encrypt) && !/^mandatory$/i.test(encrypt)) {
    throw connectionStringError(label, "its Encrypt is not yes, no or strict", "correct it");
  }
  // Strict encryption always verifies: TrustServerCertificate has no effect there.
  if (isYes(trust) && !strict) return { mode: "require" };
  return {
    mode: "verify-full",
    ...(caFile ? { caFile: resolveCallerPath(caFile) } : {}),
    ...(serverName ? { serverName } : {}),
    ...(strict ? { strict } : {}),
  };
}

function isYes(text: string): boolean {
  return /^(yes|true|1)$/i.test(text);
}

function isNo(text: string): boolean {
  return /^(no|false|0)$/i.test(text);
}
