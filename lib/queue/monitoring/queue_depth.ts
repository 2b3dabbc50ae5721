/**
 * How many records there are of each kind, exactly, and how long the oldest has waited.
 *
 * Counting is one pass over the table that looks at its first columns only: each column further
 * back costs the pass as much again as finding the row. Pending and processing rows are looked at
 * through their own indexes.
 */

import type { DatabaseSession } from "../../database/mod.ts";

/** Counts of one flow, or of all. */
export interface Depth {
  /** All records. */
  total: number;
  /** Wait to be claimed, those due and those scheduled. */
  pending: number;
  /** Could be claimed now. */
  due: number;
  /** Wait for their time. */
  scheduled: number;
  /** Are held by a claim. */
  processing: number;
  /** Are done. */
  completed: number;
  /** Failed and wait for someone. */
  failed: number;
}

/** Pending records of a flow that could be claimed. */
export interface DueRecords {
  /** When the oldest of them was due: its `run_at`. */
  oldest_due_at: Date;
  /** How long ago that is, by the server's clock, in seconds. */
  oldest_due_seconds: number;
  /** Its id. */
  oldest_due_id: number;
}

// The cheaper half of each condition comes first, as it decides a million times.
// Locks: none but that of reading.
const depthStatement = `
select
  flow_name,
  count(*) as total,
  count(*) filter (where status = 'completed') as completed,
  count(*) filter (where status = 'failed') as failed,
  count(*) filter (where run_at > $1::timestamptz and status = 'pending') as scheduled
from processing_queue
group by flow_name
order by flow_name`;

const processingStatement = `
select flow_name, count(*) as processing
from processing_queue
where status = 'processing' and claimed_at is not null
group by flow_name`;

// Steps through flows and priorities by the index: as many looks as there are levels, however many
// records there are.
const dueStatement = `
with recursive level (flow_name, priority) as (
  (
    select q.flow_name, q.priority
    from processing_queue q
    where q.status = 'pending'
    order by q.flow_name, q.priority
    limit 1
  )
  union all
  select next.flow_name, next.priority
  from level
  cross join lateral (
    select q.flow_name, q.priority
    from processing_queue q
    where q.status = 'pending' and (q.flow_name, q.priority) > (level.flow_name, level.priority)
    order by q.flow_name, q.priority
    limit 1
  ) next
)
select
  level.flow_name,
  min(oldest.run_at) as oldest_due_at,
  date_part('epoch', now() - min(oldest.run_at)) as oldest_due_seconds,
  (array_agg(oldest.id order by oldest.run_at))[1] as oldest_due_id
from level
cross join lateral (
  select q.run_at, q.id
  from processing_queue q
  where q.status = 'pending'
    and q.flow_name = level.flow_name
    and q.priority = level.priority
    and q.run_at <= now()
  order by q.run_at
  limit 1
) oldest
group by level.flow_name`;

/** Counts the records of each flow, by the flows' names; what is due later is scheduled. */
export async function readDepth(
  session: DatabaseSession,
  now: Date,
): Promise<Map<string, Depth>> {
  const processing = new Map(
    (await session.query<{ flow_name: string; processing: number }>(processingStatement))
      .map((row) => [row.flow_name, row.processing]),
  );
  const rows = await session.query<{
    flow_name: string;
    total: number;
    completed: number;
    failed: number;
    scheduled: number;
  }>(depthStatement, [now]);
  return new Map(rows.map(({ flow_name, ...counts }) => {
    const held = processing.get(flow_name) ?? 0;
    const pending = counts.total - counts.completed - counts.failed - held;
    return [flow_name, {
      ...counts,
      pending,
      due: pending - counts.scheduled,
      processing: held,
    }];
  }));
}

/** Adds the counts of all flows. */
export function sumDepth(depths: Iterable<Depth>): Depth {
  const sum: Depth = {
    total: 0,
    pending: 0,
    due: 0,
    scheduled: 0,
    processing: 0,
    completed: 0,
    failed: 0,
  };
  for (const depth of depths) {
    for (const key of ["total", "pending", "due", "scheduled"] as const) sum[key] += depth[key];
    for (const key of ["processing", "completed", "failed"] as const) sum[key] += depth[key];
  }
  return sum;
}

/** Gives how long each flow's oldest due record has waited; flows with nothing due are missing. */
export async function readDue(session: DatabaseSession): Promise<Map<string, DueRecords>> {
  const rows = await session.query<DueRecords & { flow_name: string } & Record<string, unknown>>(
    dueStatement,
  );
  return new Map(rows.map(({ flow_name, ...due }) => [flow_name, due]));
}
