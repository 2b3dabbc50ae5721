/** A queue whose every record the tests know. */

import { DatabaseManager } from "../../../lib/database/mod.ts";
import { type TestQueue, testQueue } from "../../support/queue_database.ts";

/** Records to put in, all alike. Ages are in minutes before now. */
export interface KnownRecords {
  /** Their flow. */
  flow: string;
  /** Their status. */
  status: "pending" | "processing" | "completed" | "failed";
  /** How many. */
  count: number;
  /** When they were due; negative for later. Defaults to 0. */
  dueMinutesAgo?: number;
  /** When they were claimed. Defaults to when they ended. */
  claimedMinutesAgo?: number;
  /** Their last heartbeat. */
  heartbeatMinutesAgo?: number;
  /** When they ended. Defaults to 0. */
  endedMinutesAgo?: number;
  /** Who claimed them. */
  instance?: string;
  /** Why they failed. */
  error?: string;
  /** How often they were taken back. */
  orphanCount?: number;
  /** How often they failed in all. */
  retryCount?: number;
}

/** Puts records in by plain SQL. */
export async function putRecords(
  queue: Pick<TestQueue, "database">,
  records: KnownRecords,
): Promise<void> {
  const { flow, status, count, dueMinutesAgo = 0, endedMinutesAgo = 0 } = records;
  const { instance = "host-1.abc", orphanCount = 0, retryCount = 0 } = records;
  const isClaimed = status !== "pending";
  const claimedMinutesAgo = isClaimed ? records.claimedMinutesAgo ?? endedMinutesAgo : null;
  await queue.database.sql`
    insert into processing_queue (
      flow_name, payload, status, run_at, flow_instance_id, claimed_at, heartbeat_at,
      completed_at, updated_at, error_message, orphan_count, retry_count
    )
    select
      ${flow}, jsonb_build_object('n', n), ${status},
      now() - ${dueMinutesAgo}::float8 * interval '1 minute',
      ${isClaimed ? `${instance}:7` : null},
      now() - ${claimedMinutesAgo}::float8 * interval '1 minute',
      now() - ${records.heartbeatMinutesAgo ?? null}::float8 * interval '1 minute',
      case when ${status} = 'completed'
        then now() - ${endedMinutesAgo}::float8 * interval '1 minute' end,
      now() - ${endedMinutesAgo}::float8 * interval '1 minute',
      ${records.error ?? null}, ${orphanCount}, ${retryCount}
    from generate_series(1, ${count}::int) n`;
}

/** Makes a queue on which everything is as it should be: it is worked on, and little waits. */
export async function healthyQueue(): Promise<TestQueue> {
  const queue = await testQueue();
  await putRecords(queue, { flow: "survey", status: "completed", count: 40, endedMinutesAgo: 5 });
  await putRecords(queue, { flow: "survey", status: "failed", count: 2, endedMinutesAgo: 5 });
  await putRecords(queue, { flow: "survey", status: "processing", count: 3 });
  await putRecords(queue, { flow: "survey", status: "pending", count: 10 });
  await putRecords(queue, { flow: "later", status: "pending", count: 5, dueMinutesAgo: -60 });
  return queue;
}

/** Another connection to a queue, as another program has it. */
export function anotherManager(queue: TestQueue, applicationName: string): DatabaseManager {
  return new DatabaseManager("rpa_db", { target: queue.database.target, applicationName });
}
