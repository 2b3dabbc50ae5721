/** The database that a report reads, and the one moment at which it reads it. */

import { DatabaseManager, type DatabaseSession } from "../../database/mod.ts";

/** What every report takes. */
export interface ReportOptions {
  /** The queue's database, left open; without it, `rpa_db` is opened and closed again. */
  database?: DatabaseManager | undefined;
  /** Stops the report; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Runs `work` on the database given, or on `rpa_db`, opened for this and closed again. */
export async function withReportDatabase<T>(
  options: ReportOptions,
  work: (database: DatabaseManager) => Promise<T>,
): Promise<T> {
  if (options.database) return await work(options.database);
  await using database = new DatabaseManager("rpa_db", { maxConnections: 1 });
  return await work(database);
}

// The planner takes a slice of time for a group a row, and would not share the work out for it;
// and compiling the statements would take longer than running them.
const settings = `
set transaction read only;
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local jit = off`;

/**
 * Runs `work` on one snapshot of the database, so that a report's numbers fit together. The
 * snapshot lives as long as the report, well under a second; its locks are those of reading.
 */
export async function atOneMoment<T>(
  database: DatabaseManager,
  signal: AbortSignal | undefined,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  return await database.transaction(async (session) => {
    await session.query(settings);
    return await work(session);
  }, { signal, isolation: "repeatable read" });
}
