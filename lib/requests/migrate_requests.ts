/** Bringing the tables of data requests up to date. */

import { type DatabaseManager, migrate, pendingMigrations } from "../database/mod.ts";
import { requestMigrations, requestsStore } from "./migrations.ts";

/** What a migration of the requests' tables did. */
export interface RequestMigrationReport {
  /** The files that were applied, or would be. */
  applied: string[];
  /** Nothing was changed. */
  dry_run: boolean;
}

/**
 * Applies the migrations that the database lacks; safe when many do it at once. Only for databases
 * of one's own: a site whose tables are named otherwise maps them with views and never runs this.
 *
 * @throws ConfigurationError when the database is newer than this version, or an applied file has
 * changed.
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function migrateRequests(
  database: DatabaseManager,
  options: { dryRun?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<RequestMigrationReport> {
  const { dryRun = false, signal } = options;
  const migrations = requestMigrations[database.dialect];
  if (dryRun) {
    const pending = await pendingMigrations(database, requestsStore, migrations);
    return { applied: pending.map(({ name }) => name), dry_run: true };
  }
  const { applied } = await migrate(database, requestsStore, migrations, { signal });
  return { applied, dry_run: false };
}
