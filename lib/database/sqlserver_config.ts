/** What the SQL Server driver is told. */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
// @ts-types="@types/mssql"
import type sql from "mssql";
import { ConfigurationError, toDatabaseError } from "../core/mod.ts";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";
import { defaultConnectTimeoutMs } from "./driver.ts";
import { readAuthorities } from "./read_authorities.ts";

/**
 * Makes the driver's configuration. The host's name is resolved here, so that the driver connects
 * to one address that the permissions can name; the certificate is still checked by the name.
 *
 * @throws ConfigurationError when the target names no login, or the CA file cannot be read.
 * @throws DatabaseConnectionError when the name cannot be resolved.
 */
export async function sqlServerConfig(
  target: ConnectionTarget,
  maxConnections: number,
): Promise<sql.config> {
  const { username, tls } = target;
  if (username === undefined) {
    throw new ConfigurationError(
      `Cannot connect to ${describeAddress(target)} as no user is named; put it in the ` +
        "connection string, or set DB_USER and DB_PASSWORD",
    );
  }
  const connectTimeoutMs = target.connectTimeoutMs ?? defaultConnectTimeoutMs;
  const authorities = tls.caFile === undefined
    ? undefined
    : await readAuthorities(tls.caFile, "ServerCertificate");
  const serverName = tls.serverName ?? target.host;
  return {
    server: await resolve(target),
    port: target.port,
    database: target.database,
    user: username,
    password: target.password?.reveal() ?? "",
    ...(target.domain === undefined ? {} : { domain: target.domain }),
    connectionTimeout: connectTimeoutMs,
    // Deadlines are kept by the caller, who knows each query's.
    requestTimeout: 0,
    validateConnection: "socket",
    pool: {
      max: maxConnections,
      min: 0,
      idleTimeoutMillis: 30_000,
      acquireTimeoutMillis: connectTimeoutMs * 2,
      createTimeoutMillis: connectTimeoutMs,
    },
    options: {
      encrypt: tls.strict ? "strict" : tls.mode !== "disable",
      trustServerCertificate: tls.mode === "require" || tls.mode === "prefer",
      appName: target.applicationName ?? "opsdeck",
      // Otherwise the driver asks the system for its host name, which needs a permission.
      workstationId: "opsdeck",
      useUTC: true,
      enableArithAbort: true,
      ...(isIP(serverName) === 0 ? { serverName } : {}),
      ...(target.readOnlyIntent ? { readOnlyIntent: true } : {}),
      ...(authorities === undefined ? {} : { cryptoCredentialsDetails: { ca: authorities } }),
    },
  };
}

async function resolve(target: ConnectionTarget): Promise<string> {
  if (isIP(target.host) !== 0) return target.host;
  try {
    const { address } = await lookup(target.host);
    return address;
  } catch (error) {
    throw toDatabaseError(error);
  }
}
