/** Claiming: one statement that takes the next records and can never take one more than asked. */

import type { DatabaseSession } from "../database/mod.ts";
import type { ClaimedRecord, Payload } from "./queue_record.ts";

// `level` steps from one priority to the next by the index, so that records scheduled for later at
// an urgent priority are passed by one look each level. The lateral part takes rows in the order of
// the index and locks only those that it hands out; the materialized part keeps the planner from
// evaluating it twice, which would claim more than the limit. The list of ids (and not a join, for
// which a generic plan reads the whole table) is looked up by the primary key.
// Locks: the claimed rows, `for update skip locked`, until the statement's end.
/** The claim: flow, most records, the claim's name. Exported for a look at its plan. */
export const claimStatement: string = `
with recursive level (priority) as (
  (
    select q.priority
    from processing_queue q
    where q.flow_name = $1 and q.status = 'pending'
    order by q.priority
    limit 1
  )
  union all
  select (
    select q.priority
    from processing_queue q
    where q.flow_name = $1 and q.status = 'pending' and q.priority > level.priority
    order by q.priority
    limit 1
  )
  from level
  where level.priority is not null
),
claimable as materialized (
  select next.id
  from level
  cross join lateral (
    select q.id
    from processing_queue q
    where q.flow_name = $1
      and q.status = 'pending'
      and q.priority = level.priority
      and q.run_at <= now()
    order by q.run_at, q.id
    limit $2
    for update skip locked
  ) next
  limit $2
),
claimed as (
  update processing_queue p
  set status = 'processing',
      flow_instance_id = $3,
      claimed_at = now(),
      heartbeat_at = null,
      updated_at = now()
  where p.id = any(array(select claimable.id from claimable))
  returning p.id, p.payload, p.retry_count, p.priority, p.run_at, p.created_at
)
select id, payload, retry_count, priority, created_at
from claimed
order by priority, run_at, id`;

// What claims got whose answers were lost on the way. Walks the processing rows, so it is asked
// only after a broken connection.
const recoverStatement = `
select id, payload, retry_count, priority, created_at, flow_instance_id
from processing_queue
where status = 'processing' and claimed_at is not null and flow_instance_id = any($1::text[])
order by priority, run_at, id`;

interface ClaimedRow extends Record<string, unknown> {
  id: number;
  payload: Payload;
  retry_count: number;
  priority: number;
  created_at: Date;
}

interface RecoveredRow extends ClaimedRow {
  flow_instance_id: string;
}

/**
 * Claims at most `batchSize` pending records of a flow, most urgent and oldest first, and gives
 * them in that order. The claim's name goes into `flow_instance_id` and fences everything after.
 */
export async function claimRecords(
  session: DatabaseSession,
  flowName: string,
  batchSize: number,
  claimName: string,
): Promise<ClaimedRecord[]> {
  const rows = await session.query<ClaimedRow>(claimStatement, [flowName, batchSize, claimName]);
  return rows.map((row) => toClaimedRecord(row, flowName, claimName));
}

/** Gives the records that claims of these names hold already. */
export async function recoverClaims(
  session: DatabaseSession,
  flowName: string,
  claimNames: readonly string[],
): Promise<ClaimedRecord[]> {
  const rows = await session.query<RecoveredRow>(recoverStatement, [claimNames]);
  return rows.map((row) => toClaimedRecord(row, flowName, row.flow_instance_id));
}

function toClaimedRecord(row: ClaimedRow, flowName: string, claimName: string): ClaimedRecord {
  return {
    id: row.id,
    flow_name: flowName,
    payload: row.payload,
    retry_count: row.retry_count,
    priority: row.priority,
    created_at: row.created_at,
    flow_instance_id: claimName,
  };
}
