/** Finding out whether a rerun was stored by a process that died before it heard. */

import {
  type DatabaseDriver,
  type Dialect,
  listItems,
  retryTransaction,
} from "../../../database/mod.ts";
import { readRequests } from "../../rerun_statements.ts";

/** A rerun is told from others by who asked for it and why: the reason names the run. */
export interface RerunMark {
  /** As the history's `RequestedBy` has it. */
  requestedBy: string;
  /** As the history's `Reason` has it. */
  reason: string;
}

/**
 * Gives those of the requests that were run again under the mark. A transaction that is still under
 * way on the server, after its process was killed, is waited for: it holds the requests' rows.
 *
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function findCommittedReruns(
  database: Pick<DatabaseDriver, "transaction">,
  requestIds: readonly number[],
  { requestedBy, reason }: RerunMark,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Set<number>> {
  const rows = await retryTransaction(database, async (session) => {
    // Locks: each request's row, in the order of the ids, as the rerun itself takes them.
    await session.query(readRequests(session.dialect, true), [requestIds]);
    return await session.query<{ RequestID: number }>(committedRuns(session.dialect), [
      requestIds,
      requestedBy,
      reason,
    ]);
  }, { ...options, isIdempotent: true });
  return new Set(rows.map(({ RequestID }) => RequestID));
}

function committedRuns(dialect: Dialect): string {
  const text = (parameter: string) =>
    dialect === "postgresql" ? `cast(${parameter} as text)` : parameter;
  return `
select distinct "RequestID"
from "DataRequestRun"
where "RequestID" in (${listItems(dialect, "$1", "bigint")})
  and "RequestedBy" = ${text("$2")}
  and "Reason" = ${text("$3")}`;
}
