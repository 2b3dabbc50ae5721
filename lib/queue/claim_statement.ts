/** The statements that claim: each takes the next records and can never take one more than asked. */

import { completion, completionWithResults } from "./finish_records.ts";

// Every claim has the same shape: `level` names the priorities in order, each with the place above
// which to look; `claimable` takes rows in the order of the index and locks only those that it hands
// out; being materialized, it is evaluated once, or the claim could take more than its limit.
// The rows go to the client as they are claimed, which reads the first ones while the server is still
// at work on the last; so they come in the order of their ids. The row after them tells the server's
// clock in seconds, the milliseconds taken, and how many records were completed.
// Locks: the claimed rows, `for update skip locked`, until the statement's end; and, until then,
// rows that another claim got since the snapshot, which are locked before they are seen to be taken.
// So it completes first: with such locks in hand, two statements that complete could wait for one
// another in a circle.
function claimFrom(level: string, completion?: string): string {
  return `
with recursive ${level},
${completion === undefined ? "" : `completed as (${completion}),`}
claimable as materialized (
  select next.id
  from (select * from level order by priority) level
  cross join lateral (
    select q.id
    from processing_queue q
    where q.flow_name = $1
      and q.status = 'pending'
      and q.priority = level.priority
      and (q.run_at, q.id) > (level.run_at, level.id)
      and q.run_at <= now()
    order by q.run_at, q.id
    limit $2
    for update skip locked
  ) next
  ${completion === undefined ? "" : "where (select count(*) from completed) >= 0"}
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
select
  id,
  payload,
  retry_count,
  priority,
  created_at,
  date_part('epoch', run_at) as seconds,
  null::float8[] as told
from claimed
union all
select null, null, null, null, null, null, array[
  date_part('epoch', now()),
  date_part('epoch', clock_timestamp() - statement_timestamp()) * 1000,
  ${completion === undefined ? "0" : "(select count(*) from completed)"}
]`;
}

// Above the floors: flow, most records, the claim's name, and the known priorities in order with the
// seconds and ids of their floors. Priorities that are not known yet are found by a look into each
// gap between known ones.
const aboveFloors = `fresh (priority, high) as (
  select first.priority, gap.high
  from unnest(array_prepend(-32768, $4::int[]), array_append($4::int[], 32767)) as gap (low, high)
  cross join lateral (
    select q.priority
    from processing_queue q
    where q.flow_name = $1
      and q.status = 'pending'
      and q.priority > gap.low
      and q.priority < gap.high
    order by q.priority
    limit 1
  ) first
  union all
  select next.priority, fresh.high
  from fresh
  cross join lateral (
    select q.priority
    from processing_queue q
    where q.flow_name = $1
      and q.status = 'pending'
      and q.priority > fresh.priority
      and q.priority < fresh.high
    order by q.priority
    limit 1
  ) next
),
level (priority, run_at, id) as materialized (
  select known.priority, to_timestamp(known.seconds), known.id
  from unnest($4::int[], $5::float8[], $6::bigint[]) as known (priority, seconds, id)
  union all
  select fresh.priority, '-infinity'::timestamptz, 0
  from fresh
)`;

// Everywhere: flow, most records, the claim's name. It steps from one priority to the next by the
// index, so that records scheduled for later at an urgent priority are passed by one look each.
const everywhere = `level (priority, run_at, id) as (
  (
    select q.priority, '-infinity'::timestamptz, 0::bigint
    from processing_queue q
    where q.flow_name = $1 and q.status = 'pending'
    order by q.priority
    limit 1
  )
  union all
  select next.priority, '-infinity'::timestamptz, 0::bigint
  from level
  cross join lateral (
    select q.priority
    from processing_queue q
    where q.flow_name = $1 and q.status = 'pending' and q.priority > level.priority
    order by q.priority
    limit 1
  ) next
)`;

/** The claim above the floors. Exported for a look at its plan. */
export const claimStatement: string = claimFrom(aboveFloors);

/** The claim that looks everywhere. Exported for a look at its plan. */
export const rescanStatement: string = claimFrom(everywhere);

/**
 * The same, completing records of an earlier claim on the way: one commit in the place of two. By
 * whether it looks everywhere, then by whether there are results to store.
 */
export const exchangeStatements = {
  bounded: {
    plain: claimFrom(aboveFloors, completion("$7", "$8")),
    results: claimFrom(aboveFloors, completionWithResults("$7", "$8")),
  },
  rescan: {
    plain: claimFrom(everywhere, completion("$4", "$5")),
    results: claimFrom(everywhere, completionWithResults("$4", "$5")),
  },
};
