/** A transaction whose end is known even when the answer to its commit was lost. */

import { OpsdeckError, RetryableError, retryWithBackoff } from "../core/mod.ts";
import type { DatabaseManager, DatabaseSession } from "../database/mod.ts";

/**
 * Runs `work` in a transaction. When the connection breaks while it is committed, asks the server
 * over another one what became of it, for about 30 seconds: a committed one counts as done, and one
 * that was rolled back throws the connection's error, after which it is safe to run again.
 *
 * PostgreSQL only. https://www.postgresql.org/docs/18/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 *
 * @throws OpsdeckError with the code `COMMIT_UNKNOWN` when the server does not say.
 */
export async function certainTransaction<T>(
  database: DatabaseManager,
  work: (session: DatabaseSession) => Promise<T>,
): Promise<T> {
  const commit: { asked?: { transactionId: string; result: T } } = {};
  try {
    return await database.transaction(async (session) => {
      const transactionId = await readTransactionId(session);
      const result = await work(session);
      commit.asked = { transactionId, result };
      return result;
    });
  } catch (error) {
    const { asked } = commit;
    const mayBeCommitted = error instanceof OpsdeckError && error.retryable;
    if (asked === undefined || !mayBeCommitted) throw error;
    const status = await readOutcome(database, asked.transactionId);
    if (status === "committed") return asked.result;
    if (status === "aborted") throw error;
    throw new OpsdeckError(
      "Cannot tell whether the records were added as the connection broke while they were being " +
        "committed; look with: queue status, before adding them again",
      { code: "COMMIT_UNKNOWN", exitCode: error.exitCode, cause: error },
    );
  }
}

async function readTransactionId(session: DatabaseSession): Promise<string> {
  const [row] = await session.query<{ id: string }>("select pg_current_xact_id()::text as id");
  return row?.id ?? "";
}

/** Gives undefined when the server cannot be asked or does not know. */
async function readOutcome(
  database: DatabaseManager,
  transactionId: string,
): Promise<string | undefined> {
  const ask = async () => {
    // A connection of its own: the pool may open none any more, as the script was told to stop.
    await using session = await database.reserve();
    const [row] = await session.query<{ status: string | null }>(
      "select pg_xact_status($1::text::xid8) as status",
      [transactionId],
    );
    // The server may still be at it, or may not have noticed yet that nobody waits.
    if (row?.status === "in progress") throw new RetryableError("The transaction is not over");
    return row?.status ?? undefined;
  };
  try {
    return await retryWithBackoff({ maxRetries: 14, initialDelayMs: 50, maxDelayMs: 4_000 })(ask)();
  } catch {
    return undefined; // any other answer would pass for certainty
  }
}
