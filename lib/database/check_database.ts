/** Looking at a named database without changing anything. */

import { type CheckFinding, ConfigManager, howToStart, OpsdeckError } from "../core/mod.ts";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";
import { isUnknownDatabase } from "./create_database.ts";
import { DatabaseManager } from "./database_manager.ts";
import type { DatabaseSession } from "./driver.ts";
import { openDriver } from "./open_driver.ts";

/** How {@link checkDatabase} looks. */
export interface CheckDatabaseOptions {
  /** Where the connection string is looked up. Defaults to the global configuration. */
  config?: ConfigManager;
  /** Looks at the tables, and says what is wrong with them; undefined when they are well. */
  checkTables?: (
    session: DatabaseSession,
  ) => Promise<Pick<CheckFinding, "found" | "advice"> | void>;
  /** Ends it; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
}

const statements = {
  postgresql: "select current_setting('server_version') as version, clock_timestamp() as now",
  sqlserver:
    "select cast(serverproperty('ProductVersion') as nvarchar(50)) as version, sysutcdatetime() as now",
};

/**
 * Logs in to a database and asks for version, time and tables. Nothing is made, the embedded
 * server's database neither.
 *
 * @throws ConfigurationError when it is configured wrongly, or refuses the login.
 * @throws DatabaseConnectionError when it cannot be reached.
 */
export async function checkDatabase(
  name: string,
  options: CheckDatabaseOptions = {},
): Promise<CheckFinding> {
  const { config = new ConfigManager(), signal } = options;
  const warnings: string[] = [];
  await using manager = new DatabaseManager(name, {
    config,
    notice: (text) => void warnings.push(text),
  });
  const { isEmbedded } = manager;
  const target = await manager.target().catch((error: unknown) => {
    if (isEmbedded && error instanceof OpsdeckError && error.code === "EMBEDDED_NOT_RUNNING") {
      return;
    }
    throw error;
  });
  if (target === undefined) {
    return {
      status: "not_configured",
      found: "no connection string is set, and the embedded PostgreSQL does not run",
      advice: `start it with: ${howToStart("db:start", "database start")}`,
    };
  }
  const where = `${target.database} at ${describeAddress(target)}`;
  try {
    return await lookInside(target, where, warnings, options);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isEmbedded || !isUnknownDatabase(error)) throw error;
    return {
      status: "ok",
      found: `${where}: the embedded server runs; the database is made when it is first used`,
    };
  }
}

async function lookInside(
  target: ConnectionTarget,
  where: string,
  warnings: readonly string[],
  { checkTables, signal }: CheckDatabaseOptions,
): Promise<CheckFinding> {
  await using driver = await openDriver(target, { maxConnections: 1 });
  await driver.query("select 1 as answer", [], { signal });
  const askedAtMs = Date.now();
  const startedAtMs = performance.now();
  const [row] = await driver.query<{ version: string; now: Date }>(
    statements[target.dialect],
    [],
    { signal },
  );
  const roundTripMs = performance.now() - startedAtMs;
  const tables = await checkTables?.(driver);
  const product = target.dialect === "postgresql" ? "PostgreSQL" : "SQL Server";
  const server = `${where}: ${product} ${row?.version}, ${roundTripMs.toFixed(1)} ms away`;
  const [warning] = warnings;
  const clockAheadMs = row === undefined
    ? undefined
    : row.now.getTime() - (askedAtMs + roundTripMs / 2);
  if (tables !== undefined) {
    const { found, advice } = tables;
    return { status: "warning", found: `${server}; ${found}`, advice, clockAheadMs };
  }
  return warning === undefined
    ? { status: "ok", found: server, clockAheadMs }
    : { status: "warning", found: server, advice: warning, clockAheadMs };
}
