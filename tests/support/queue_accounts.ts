/** The accounts at the end of a run in which workers and servers died. */

import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { CrewWorker, Effect } from "./worker_crew.ts";

/** What a run comes to. */
export interface QueueAccounts {
  /** Records, all of them completed. */
  records: number;
  /** Runs of a handler. */
  effects: number;
  /** Records that were run more than once. */
  rerun: number;
}

/** What the accounts are made of. */
export interface AccountedRun {
  /** A client on the queue's database. */
  sql: postgres.Sql;
  /** How many records were added. */
  records: number;
  /** What the handlers did. */
  effects: readonly Effect[];
  /** All workers there were. */
  workers: readonly CrewWorker[];
  /** Claims that were taken back while their worker was alive but paused or cut off. */
  takenFromLiving?: ReadonlySet<string>;
}

/**
 * Checks that every record was completed once, that none was lost or made up, and that only records
 * whose worker died (or had them taken away) were run again.
 */
export async function assertAccounts(run: AccountedRun): Promise<QueueAccounts> {
  const { sql, records, effects, workers } = run;
  const statuses = await sql<{ status: string; count: number }[]>`
    select status, count(*)::int as count from processing_queue group by status`;
  assertEquals([...statuses], [{ status: "completed", count: records }]);

  const rows = await sql<{ id: number; claim: string; result: Effect; completed: boolean }[]>`
    select
      id::int as id,
      flow_instance_id as claim,
      result,
      completed_at is not null and error_message is null as completed
    from processing_queue
    order by id`;
  const byRecord = Map.groupBy(effects, (effect) => effect.recordId);
  assertEquals(byRecord.size, records, "records without an effect, or effects without a record");

  const killed = new Set(workers.filter((worker) => worker.isKilled).map((worker) => worker.pid));
  let rerun = 0;
  for (const row of rows) {
    const done = byRecord.get(row.id) ?? [];
    const what = `record ${row.id}: ${JSON.stringify({ row, done })}`;
    assert(row.completed, what);
    assertEquals(row.result.recordId, row.id, what);
    // Completed by the claim that did the work, and by it alone.
    assertEquals(row.result.claim, row.claim, what);
    assertEquals(done.filter((effect) => effect.claim === row.claim).length, 1, what);
    const others = done.filter((effect) => effect.claim !== row.claim);
    if (others.length > 0) rerun++;
    for (const { pid, claim } of others) {
      // A worker that lives goes on after a lost connection and stores what it has done, so that a
      // second run means that the first one's worker was killed before it stored its result.
      const isExcused = killed.has(pid) || run.takenFromLiving?.has(claim);
      assert(isExcused, `${what} was run again although worker ${pid} was not killed`);
    }
  }
  return { records, effects: effects.length, rerun };
}
