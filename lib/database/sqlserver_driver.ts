/** SQL Server behind the driver interface. Imported only when a SQL Server database is opened. */

import type { ConnectionTarget } from "./connection_target.ts";
import { PooledDriver } from "./pooled_driver.ts";
import { SqlServerConnection } from "./sqlserver_connection.ts";

/** How many connections a driver may have. */
export interface SqlServerDriverOptions {
  /** The most connections of the pool at once. Defaults to 10. */
  maxConnections?: number;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  connectSignal?: AbortSignal | undefined;
}

/** A pool of connections to one SQL Server database; connects when it is first used. */
export class SqlServerDriver extends PooledDriver<SqlServerConnection> {
  /** Makes a driver; nothing is connected yet. */
  constructor(target: ConnectionTarget, options: SqlServerDriverOptions = {}) {
    super({
      dialect: "sqlserver",
      open: (options) => SqlServerConnection.open(target, options),
      maxConnections: options.maxConnections,
      connectSignal: options.connectSignal,
    });
  }
}
