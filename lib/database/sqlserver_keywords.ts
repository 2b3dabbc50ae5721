/** The keywords of a SQL Server connection string, whichever way it is written. */

import { connectionStringError } from "./connection_string_error.ts";
import { isUrl, parseConnectionUrl } from "./connection_url.ts";
import {
  type KeywordPart,
  normalizeKey,
  parseKeywordString,
  quotingAdvice,
} from "./keyword_string.ts";

/** The spellings of what is used. */
const usedKeys: Record<string, string> = {
  server: "server",
  datasource: "server",
  address: "server",
  addr: "server",
  networkaddress: "server",
  port: "port",
  database: "database",
  initialcatalog: "database",
  userid: "user",
  uid: "user",
  user: "user",
  username: "user",
  password: "password",
  pwd: "password",
  encrypt: "encrypt",
  trustservercertificate: "trust",
  hostnameincertificate: "certificateHost",
  servercertificate: "certificateFile",
  applicationname: "application",
  app: "application",
  connecttimeout: "timeout",
  connectiontimeout: "timeout",
  logintimeout: "timeout",
  timeout: "timeout",
  applicationintent: "intent",
  integratedsecurity: "integrated",
  trustedconnection: "integrated",
  authentication: "authentication",
  dsn: "dsn",
  filedsn: "dsn",
};

/** Keys that configure another client, or say what is the case here anyway. */
const ignoredKeys = new Set([
  "autotranslate",
  "asynchronousprocessing",
  "charset",
  "clientcharset",
  "columnencryption",
  "commandtimeout",
  "connectretrycount",
  "connectretryinterval",
  "currentlanguage",
  "driver",
  "enlist",
  "keepalive",
  "language",
  "loadbalancetimeout",
  "marsconnection",
  "maxpoolsize",
  "minpoolsize",
  "multipleactiveresultsets",
  "multisubnetfailover",
  "network",
  "networklibrary",
  "packetsize",
  "persistsecurityinfo",
  "poolblockingperiod",
  "pooling",
  "replication",
  "tdsversion",
  "transparentnetworkipresolution",
  "typesystemversion",
  "workstationid",
  "wsid",
]);

/** The values by keyword, each keyword in the one spelling that the table of them gives it. */
export type SqlServerKeywords = ReadonlyMap<string, string>;

/**
 * Reads the keywords of a URL, of an ADO.NET or of an ODBC string.
 *
 * @throws ConfigurationError naming `label`, and no part of the text.
 */
export function readSqlServerKeywords(text: string, label: string): SqlServerKeywords {
  return isUrl(text) ? readUrl(text, label) : collect(parseKeywordString(text, label), label);
}

function readUrl(text: string, label: string): SqlServerKeywords {
  const url = parseConnectionUrl(text, label);
  const odbc = url.options.find(([name]) => name === "odbc_connect");
  if (odbc) return collect(parseKeywordString(odbc[1], label), label);

  if (url.host !== "" && url.database === "" && url.port === undefined) {
    throw connectionStringError(
      label,
      "it names a data source (DSN) or no database",
      "name the server itself, as in mssql+pyodbc://user:password@host:1433/database",
    );
  }
  const parts: KeywordPart[] = url.options.map(([name, value]) => ({
    key: normalizeKey(name),
    value,
  }));
  const instance = url.instance === undefined ? "" : `\\${url.instance}`;
  parts.push({ key: "server", value: url.host + instance });
  if (url.port !== undefined) parts.push({ key: "port", value: String(url.port) });
  if (url.database !== "") parts.push({ key: "database", value: url.database });
  if (url.username !== undefined) parts.push({ key: "user", value: url.username });
  if (url.password !== undefined) parts.push({ key: "password", value: url.password });
  return collect(parts, label);
}

function collect(parts: readonly KeywordPart[], label: string): SqlServerKeywords {
  const keywords = new Map<string, string>();
  for (const [index, { key, value }] of parts.entries()) {
    if (ignoredKeys.has(key)) continue;
    const name = Object.hasOwn(usedKeys, key) ? usedKeys[key] : undefined;
    // An unknown key is not shown: it may be the rest of a password with a ';' in it.
    if (name === undefined) {
      throw connectionStringError(
        label,
        `its part number ${index + 1} has a key that is not known`,
        quotingAdvice,
      );
    }
    if (keywords.has(name)) {
      throw connectionStringError(label, `it gives the ${name} twice`, "leave one of them");
    }
    keywords.set(name, value);
  }
  return keywords;
}
