/** What is in the queue: counts by status and flow, failed records, the flows there are. */

import { OpsdeckError } from "../core/mod.ts";
import type { DatabaseSession } from "../database/mod.ts";
import type { Payload, RecordStatus } from "./queue_record.ts";

/** Counts of one flow. */
export type FlowCounts = Record<RecordStatus, number>;

/** The queue's counts (reference: queue, `get_queue_status`). */
export interface QueueStatus {
  /** All records. */
  total_records: number;
  /** Wait to be claimed. */
  pending_records: number;
  /** Are held by a claim. */
  processing_records: number;
  /** Are done. */
  completed_records: number;
  /** Failed and wait for someone. */
  failed_records: number;
  /** The same by flow. */
  by_flow: Record<string, FlowCounts>;
}

/** A record that failed, for reports. */
export interface FailedRecord {
  /** The record's id. */
  id: number;
  /** Its flow. */
  flow_name: string;
  /** What was queued. */
  payload: Payload;
  /** Why it failed. */
  error_message: string | null;
  /** How often it failed or was orphaned. */
  retry_count: number;
  /** How often its worker died or went silent. */
  orphan_count: number;
  /** When it was queued. */
  created_at: Date;
  /** When it failed. */
  updated_at: Date;
}

const statusStatement = `
select flow_name, status, count(*) as count
from processing_queue
where $1::text is null or flow_name = $1::text
group by flow_name, status
order by flow_name`;

const pendingStatement = `
select
  count(*) filter (where run_at <= now()) as due,
  count(*) filter (where run_at > now()) as scheduled
from processing_queue
where status = 'pending' and flow_name = $1`;

const failedStatement = `
select id, flow_name, payload, error_message, retry_count, orphan_count, created_at, updated_at
from processing_queue
where status = 'failed'
  and ($1::text is null or flow_name = $1::text)
  and ($2::bigint is null or id < $2::bigint)
order by id desc
limit $3`;

/** Counts the records, all or of one flow. */
export async function readQueueStatus(
  session: DatabaseSession,
  flowName?: string,
): Promise<QueueStatus> {
  const rows = await session.query<{ flow_name: string; status: RecordStatus; count: number }>(
    statusStatement,
    [flowName ?? null],
  );
  // Not an object: a flow may be called "constructor" or "__proto__".
  const byFlow = new Map<string, FlowCounts>();
  const status = {
    total_records: 0,
    pending_records: 0,
    processing_records: 0,
    completed_records: 0,
    failed_records: 0,
  };
  for (const row of rows) {
    const counts = byFlow.get(row.flow_name) ??
      { pending: 0, processing: 0, completed: 0, failed: 0 };
    counts[row.status] = row.count;
    byFlow.set(row.flow_name, counts);
    status.total_records += row.count;
    status[`${row.status}_records`] += row.count;
  }
  return { ...status, by_flow: Object.fromEntries(byFlow) };
}

/** Pending records of a flow: those whose time has come, and those that wait for it. */
export interface PendingCounts {
  /** A claim would take them now. */
  due: number;
  /** Their `run_at` is still to come. */
  scheduled: number;
}

/** Counts the pending records of a flow. */
export async function countPending(
  session: DatabaseSession,
  flowName: string,
): Promise<PendingCounts> {
  const [row] = await session.query<{ due: number; scheduled: number }>(pendingStatement, [
    flowName,
  ]);
  return { due: row?.due ?? 0, scheduled: row?.scheduled ?? 0 };
}

/** Gives failed records, newest first, page by page: `beforeId` is the last id of the page before. */
export async function readFailedRecords(
  session: DatabaseSession,
  { flowName, limit, beforeId }: { flowName?: string; limit: number; beforeId?: number },
): Promise<FailedRecord[]> {
  return await session.query<FailedRecord & Record<string, unknown>>(failedStatement, [
    flowName ?? null,
    beforeId ?? null,
    limit,
  ]);
}

/** Whether a flow has, or had before it was archived, any record of any status. */
export async function hasFlow(session: DatabaseSession, flowName: string): Promise<boolean> {
  const rows = await session.query(
    "select 1 as yes from processing_queue where flow_name = $1 limit 1",
    [flowName],
  );
  return rows.length > 0 || await hasArchivedFlow(session, flowName);
}

async function hasArchivedFlow(session: DatabaseSession, flowName: string): Promise<boolean> {
  try {
    const rows = await session.query(
      "select 1 as yes from processing_queue_archive_counts where flow_name = $1 limit 1",
      [flowName],
    );
    return rows.length > 0;
  } catch (error) {
    // A database of the time before there was an archive works all the same.
    if (error instanceof OpsdeckError && error.code === "SCHEMA_MISSING") return false;
    throw error;
  }
}

/** Gives the names of all flows, sorted. Reads the whole table. */
export async function readFlowNames(session: DatabaseSession): Promise<string[]> {
  const rows = await session.query<{ flow_name: string }>(
    "select distinct flow_name from processing_queue order by flow_name",
  );
  return rows.map((row) => row.flow_name);
}
