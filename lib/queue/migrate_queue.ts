/** Bringing the queue's tables up to date. */

import { type DatabaseManager, migrate, pendingMigrations } from "../database/mod.ts";
import { queueMigrations, queueStore } from "./migrations.ts";

/** What a migration did. */
export interface MigrationReport {
  /** The files that were applied, or would be. */
  applied: string[];
  /** Nothing was changed. */
  dry_run: boolean;
}

/**
 * Applies the queue's migrations that the database lacks; safe when many do it at once.
 *
 * @throws ConfigurationError when the database is newer than this version, or an applied file has
 * changed; DatabaseConnectionError.
 */
export async function migrateQueue(
  database: DatabaseManager,
  isDryRun: boolean,
  signal?: AbortSignal,
): Promise<MigrationReport> {
  if (isDryRun) {
    const pending = await pendingMigrations(database, queueStore, queueMigrations);
    return { applied: pending.map((migration) => migration.name), dry_run: true };
  }
  const options = signal === undefined ? {} : { signal };
  const { applied } = await migrate(database, queueStore, queueMigrations, options);
  return { applied, dry_run: false };
}
