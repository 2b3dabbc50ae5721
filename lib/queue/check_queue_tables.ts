/** Whether the queue's tables are up to date. */

import { howToStart } from "../core/mod.ts";
import { type DatabaseSession, pendingMigrations } from "../database/mod.ts";
import { queueMigrations, queueStore } from "./migrations.ts";

/**
 * Says which migrations are still to be applied; undefined when none is. Nothing is changed.
 *
 * @throws ConfigurationError when the database is newer than this version, or an applied file has
 * changed.
 */
export async function checkQueueTables(
  session: DatabaseSession,
): Promise<{ found: string; advice: string } | undefined> {
  const pending = await pendingMigrations(session, queueStore, queueMigrations);
  if (pending.length === 0) return undefined;
  return {
    found: pending.length === queueMigrations.length
      ? "it has no tables of the queue yet"
      : `its tables lack ${pending.map(({ name }) => name).join(", ")}`,
    advice: `bring them up to date with: ${howToStart("queue migrate", "queue migrate")}`,
  };
}
