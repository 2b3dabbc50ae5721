/** Choosing the driver; each is imported only when its kind of database is opened. */

import type { ConnectionTarget } from "./connection_target.ts";
import type { DatabaseDriver } from "./driver.ts";

/** How a driver is opened. */
export interface OpenDriverOptions {
  /** The most connections at once. Defaults to 10. */
  maxConnections?: number;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  connectSignal?: AbortSignal | undefined;
}

/** Makes the driver of a target's kind. It connects when it is first used. */
export async function openDriver(
  target: ConnectionTarget,
  options: OpenDriverOptions = {},
): Promise<DatabaseDriver> {
  switch (target.dialect) {
    case "postgresql": {
      const { PostgresDriver } = await import("./postgres_driver.ts");
      return new PostgresDriver(target, options);
    }
    case "sqlserver": {
      const { SqlServerDriver } = await import("./sqlserver_driver.ts");
      return new SqlServerDriver(target, options);
    }
  }
}
