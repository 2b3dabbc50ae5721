/**
 * The statements that move and purge one batch. Finished records only, which no claim waits for.
 * Locks: the batch's rows and the counters of its flows, until the transaction's end.
 */

import type { DatabaseSession } from "../../database/mod.ts";

/** Where a batch is taken from: the queue, to be archived, or the archive, to be purged. */
export type ArchiveSource = "processing_queue" | "processing_queue_archive";

/** Which records are meant. */
export interface ArchiveFilter {
  /** The statuses. */
  statuses: readonly ("completed" | "failed")[];
  /** The flow; null for all. */
  flowName: string | null;
  /** A server's time as text; those that ended before it are meant. */
  cutoff: string;
}

const recordColumns = [
  "id",
  "flow_name",
  "status",
  "payload",
  "result",
  "error_message",
  "priority",
  "retry_count",
  "orphan_count",
  "flow_instance_id",
  "dedupe_key",
  "run_at",
  "claimed_at",
  "heartbeat_at",
  "completed_at",
  "created_at",
  "updated_at",
];

const oldAndFinished = `
status = any($1::text[])
  and ($2::text is null or flow_name = $2::text)
  and coalesce(completed_at, updated_at) < $3::text::timestamptz`;

/** The most that a batch holds, in bytes of payloads and results as they are stored. */
const maxBatchBytes = 16 * 1_048_576;

const windowStatement = (source: ArchiveSource) => `
select max(next.id) as last_id
from (
  select id
  from ${source}
  where id > $1
  order by id
  limit $2
) next`;

const lockStatement = (source: ArchiveSource) => `
with old as materialized (
  select id, pg_column_size(payload) + coalesce(pg_column_size(result), 0) as bytes
  from ${source}
  where id > $4
    and id <= $5
    and ${oldAndFinished}
  order by id
  limit $6
  for update skip locked
),
sized as (
  select id, sum(bytes) over (order by id) - bytes as bytes_before, count(*) over () as found
  from old
)
select id, found
from sized
where bytes_before < $7
order by id`;

// By the server, since a number of a payload may have more digits than JavaScript's can hold.
const linesStatement = (source: ArchiveSource) => `
select record.id, row_to_json(record)::text as line
from (
  select ${recordColumns.join(", ")}
  from ${source}
  where id = any($1::bigint[])
) record
order by record.id`;

const moveStatement = `
with moved as (
  delete from processing_queue
  where id = any($1::bigint[])
  returning ${recordColumns.join(", ")}
),
stored as (
  insert into processing_queue_archive (${recordColumns.join(", ")})
  select ${recordColumns.join(", ")}
  from moved
  returning flow_name, status, retry_count, orphan_count
),
counted as (
  insert into processing_queue_archive_counts as counts
    (flow_name, status, records, retries, orphaned)
  select flow_name, status, count(*), sum(retry_count), sum(orphan_count)
  from stored
  group by flow_name, status
  order by flow_name, status
  on conflict (flow_name, status) do update
  set records = counts.records + excluded.records,
      retries = counts.retries + excluded.retries,
      orphaned = counts.orphaned + excluded.orphaned
)
select count(*) as count
from stored`;

const purgeStatement = `
with gone as (
  delete from processing_queue_archive
  where id = any($1::bigint[])
  returning flow_name, status
),
counted as (
  insert into processing_queue_archive_counts as counts
    (flow_name, status, records, purged)
  select flow_name, status, -count(*), count(*)
  from gone
  group by flow_name, status
  order by flow_name, status
  on conflict (flow_name, status) do update
  set records = counts.records + excluded.records,
      purged = counts.purged + excluded.purged
)
select count(*) as count
from gone`;

/** Gives the last of the next `size` ids after one; undefined when there are none. */
export async function findWindowEnd(
  session: DatabaseSession,
  source: ArchiveSource,
  afterId: number,
  size: number,
): Promise<number | undefined> {
  const [row] = await session.query<{ last_id: number | null }>(windowStatement(source), [
    afterId,
    size,
  ]);
  return row?.last_id ?? undefined;
}

/**
 * Locks at most `limit` of the records meant in a range of ids, lowest first. `isAll` tells that
 * the range holds no more of them.
 */
export async function lockBatch(
  session: DatabaseSession,
  source: ArchiveSource,
  filter: ArchiveFilter,
  range: { afterId: number; lastId: number; limit: number },
): Promise<{ ids: number[]; isAll: boolean }> {
  const rows = await session.query<{ id: number; found: number }>(lockStatement(source), [
    ...filterParameters(filter),
    range.afterId,
    range.lastId,
    range.limit,
    maxBatchBytes,
  ]);
  const found = rows[0]?.found ?? 0;
  return { ids: rows.map((row) => row.id), isAll: found < range.limit && found === rows.length };
}

/** Gives locked records as JSON texts in the order of their ids, times in UTC. */
export async function readLines(
  session: DatabaseSession,
  source: ArchiveSource,
  ids: readonly number[],
): Promise<{ id: number; line: string }[]> {
  await session.query("select set_config('TimeZone', 'UTC', true)");
  return await session.query<{ id: number; line: string }>(linesStatement(source), [ids]);
}

/** Moves locked records from the queue to the archive, or out of the archive; gives how many. */
export async function takeAway(
  session: DatabaseSession,
  source: ArchiveSource,
  ids: readonly number[],
): Promise<number> {
  const statement = source === "processing_queue" ? moveStatement : purgeStatement;
  const [row] = await session.query<{ count: number }>(statement, [ids]);
  return row?.count ?? 0;
}

/** Counts the records meant. */
export async function countOld(
  session: DatabaseSession,
  source: ArchiveSource,
  filter: ArchiveFilter,
): Promise<number> {
  const [row] = await session.query<{ count: number }>(
    `select count(*) as count from ${source} where ${oldAndFinished}`,
    filterParameters(filter),
  );
  return row?.count ?? 0;
}

function filterParameters({ statuses, flowName, cutoff }: ArchiveFilter): unknown[] {
  return [statuses, flowName, cutoff];
}
