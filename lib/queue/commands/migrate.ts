/** `queue migrate`: bringing the queue's tables up to date. */

import type { ScriptContext } from "../../core/command_line/mod.ts";
import { migrateQueue } from "../migrate_queue.ts";
import { openCommandDatabase } from "./command_database.ts";

/**
 * Applies the migrations that the database lacks, or says which.
 *
 * @throws ConfigurationError when the database is newer than this version; DatabaseConnectionError.
 */
export async function runMigrate(
  { dryRun }: { dryRun: boolean },
  context: ScriptContext,
): Promise<void> {
  await using database = openCommandDatabase("migrate", context);
  const report = await migrateQueue(database, dryRun, context.signal);
  const verb = dryRun ? "Would apply" : "Applied";
  context.result(
    report,
    () =>
      report.applied.length === 0
        ? "The queue's tables are up to date"
        : `${verb} ${report.applied.join(", ")}`,
  );
}
