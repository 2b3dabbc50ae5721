/** What the SQL Server driver is told. */

import { connect, isIP, type Socket } from "node:net";
import { once } from "node:events";
import type { ConnectionConfiguration } from "tedious";
import { ConfigurationError } from "../core/mod.ts";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";
import { readAuthorities } from "./read_authorities.ts";

/** Where a socket goes; Azure may send a login on to another server. */
type Address = Pick<ConnectionTarget, "host" | "port">;

/** How long the server has to acknowledge a cancelled statement before the connection is dropped. */
const cancelGraceMs = 2_000;

/** The longest wait that the driver's timer can do: connecting is stopped by its caller. */
const noTimeoutMs = 2 ** 31 - 1;

/**
 * Makes the configuration of one connection. `openSocket` is called with the address to go to.
 *
 * @throws ConfigurationError when the target names no login, or the CA file cannot be read.
 */
export async function sqlServerConfig(
  target: ConnectionTarget,
  openSocket: (address: Address) => Promise<Socket>,
): Promise<ConnectionConfiguration> {
  const { username, domain, tls } = target;
  const password = target.password?.reveal() ?? "";
  if (username === undefined) {
    throw new ConfigurationError(
      `Cannot connect to ${describeAddress(target)} as no user is named; put it in the ` +
        "connection string, or set DB_USER and DB_PASSWORD",
    );
  }
  const authorities = tls.caFile === undefined
    ? undefined
    : await readAuthorities(tls.caFile, "ServerCertificate");
  const serverName = tls.serverName ?? target.host;
  return {
    server: target.host,
    authentication: domain === undefined
      ? { type: "default", options: { userName: username, password } }
      : { type: "ntlm", options: { userName: username, password, domain } },
    options: {
      port: target.port,
      database: target.database,
      encrypt: tls.strict ? "strict" : tls.mode !== "disable",
      trustServerCertificate: tls.mode === "require" || tls.mode === "prefer",
      ...(isIP(serverName) === 0 ? { serverName } : {}),
      ...(authorities === undefined ? {} : { cryptoCredentialsDetails: { ca: authorities } }),
      ...(target.readOnlyIntent ? { readOnlyIntent: true } : {}),
      appName: target.applicationName ?? "opsdeck",
      // Otherwise the driver asks the system for its host name, which needs a permission.
      workstationId: "opsdeck",
      // The driver's own way looks the name up first, which needs a permission for the name and
      // another one for each address. It passes the address, which its type does not say.
      connector: (address: Address = target) => openSocket(address),
      connectTimeout: noTimeoutMs,
      // Deadlines are kept by the caller, who knows each query's.
      requestTimeout: 0,
      cancelTimeout: cancelGraceMs,
      useUTC: true,
    },
  };
}

/** Connects, giving up with the signal's reason. An idle socket does not keep the process alive. */
export async function openSqlServerSocket(address: Address, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: address.host, port: address.port, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    // What comes after the error that is thrown belongs to nobody.
    socket.on("error", () => {});
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
}
