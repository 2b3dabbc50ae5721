/** Errors of connections, the same for every driver. */

import { DatabaseConnectionError, OpsdeckError } from "../core/mod.ts";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";

/** Makes the error of a query whose connection is gone. */
export function lostConnectionError(target: ConnectionTarget): DatabaseConnectionError {
  return new DatabaseConnectionError(
    `Cannot run the query as the connection to ${describeAddress(target)} was lost; try again`,
    { context: contextOf(target) },
  );
}

/** Makes the error of a server that did not answer in time. */
export function connectTimeoutError(
  target: ConnectionTarget,
  timeoutMs: number,
): DatabaseConnectionError {
  return new DatabaseConnectionError(
    `Cannot connect to ${describeAddress(target)} as it did not answer within ${timeoutMs} ms; ` +
      "check the host, the port and the firewall",
    { context: contextOf(target) },
  );
}

/** Makes the error of a driver that is used after it was closed. */
export function closedDatabaseError(): OpsdeckError {
  return new OpsdeckError(
    "Cannot use the database as its connections were closed; open a new DatabaseManager",
    { code: "DATABASE_CLOSED" },
  );
}

function contextOf(target: ConnectionTarget): Record<string, unknown> {
  return { host: target.host, port: target.port, database: target.database };
}
