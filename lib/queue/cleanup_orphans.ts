/** Taking back records whose worker died or went silent. */

import { ValidationError } from "../core/mod.ts";
import type { DatabaseSession } from "../database/mod.ts";
import { notifyWorkers } from "./notify_workers.ts";
import { checkWhole } from "./queue_checks.ts";
import { readCutoff } from "./server_clock.ts";

/** What a cleanup did. */
export interface CleanupCounts {
  /** Went back to pending. */
  requeued: number;
  /** Were failed, as they had come back too often. */
  failed: number;
}

// One statement finds and changes, and re-checks each row as it locks it: a record that completes
// or shows a sign of life in between is left alone. Bounded, so that it never holds many locks.
// Locks: the orphans, `for update skip locked`.
const cleanupStatement = `
with orphan as materialized (
  select q.id
  from processing_queue q
  where q.status = 'processing'
    and q.claimed_at is not null
    and q.claimed_at <= $1::text::timestamptz
    and (q.heartbeat_at is null or q.heartbeat_at <= $1::text::timestamptz)
    and ($3::text is null or q.flow_name = $3::text)
  order by q.claimed_at
  limit 1000
  for update skip locked
)
update processing_queue p
set retry_count = p.retry_count + 1,
    orphan_count = p.orphan_count + 1,
    status = case when p.retry_count + 1 < $2::int then 'pending' else 'failed' end,
    error_message = case
      when p.retry_count + 1 < $2::int then p.error_message
      else 'Given up after ' || (p.retry_count + 1) || ' attempts: its worker '
        || p.flow_instance_id || ' died or went silent while processing it'
    end,
    flow_instance_id = null,
    claimed_at = null,
    heartbeat_at = null,
    updated_at = now()
from orphan
where p.id = orphan.id
returning p.flow_name, p.status`;

/**
 * Takes back every record that has been processing for the timeout without a sign of life: it goes
 * back to pending with `retry_count` + 1, or is failed with the reason once that reaches
 * `maxRetries`. A timeout of 0 takes back all records that are processing now.
 */
export async function cleanupOrphans(
  session: DatabaseSession,
  timeoutMs: number,
  maxRetries: number,
  flowName: string | undefined,
): Promise<CleanupCounts> {
  const counts: CleanupCounts = { requeued: 0, failed: 0 };
  // Read once, so that a timeout of 0 comes to an end although workers go on claiming.
  const cutoff = await readCutoff(session, timeoutMs);
  const requeuedFlows = new Set<string>();
  while (true) {
    const rows = await session.query<{ flow_name: string; status: string }>(cleanupStatement, [
      cutoff,
      maxRetries,
      flowName ?? null,
    ]);
    for (const row of rows) {
      if (row.status === "failed") counts.failed++;
      else {
        counts.requeued++;
        requeuedFlows.add(row.flow_name);
      }
    }
    if (rows.length === 0) break;
  }
  for (const flow of requeuedFlows) await notifyWorkers(session, flow);
  return counts;
}

/** Counts what a cleanup would take back now. */
export async function countOrphans(
  session: DatabaseSession,
  timeoutMs: number,
  maxRetries: number,
  flowName: string | undefined,
): Promise<CleanupCounts> {
  const [row] = await session.query<{ requeued: number; failed: number }>(
    `
select
  count(*) filter (where q.retry_count + 1 < $2::int) as requeued,
  count(*) filter (where q.retry_count + 1 >= $2::int) as failed
from processing_queue q
where q.status = 'processing'
  and q.claimed_at is not null
  and q.claimed_at <= $1::text::timestamptz
  and (q.heartbeat_at is null or q.heartbeat_at <= $1::text::timestamptz)
  and ($3::text is null or q.flow_name = $3::text)`,
    [await readCutoff(session, timeoutMs), maxRetries, flowName ?? null],
  );
  return { requeued: row?.requeued ?? 0, failed: row?.failed ?? 0 };
}

/** PostgreSQL's oldest date is far beyond this; more is a mistake. */
const maxTimeoutHours = 24 * 366 * 10;

/**
 * Checks what a cleanup is asked for, and gives its timeout in milliseconds.
 *
 * @throws ValidationError when the timeout is out of range or the limit is not a whole number.
 */
export function checkCleanup(timeoutHours: number, maxRetries: number): number {
  if (!(timeoutHours >= 0 && timeoutHours <= maxTimeoutHours)) {
    throw new ValidationError(
      `Cannot clean up as the timeout must be from 0 to ${maxTimeoutHours} hours: it is ` +
        `${timeoutHours}`,
    );
  }
  checkWhole("clean up", "max retries", maxRetries, 0);
  return timeoutHours * 3_600_000;
}
