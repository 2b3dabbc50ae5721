/** Giving failed records another chance. */

import type { DatabaseSession } from "../database/mod.ts";
import { notifyWorkers } from "./notify_workers.ts";

// A record whose dedupe key is held by an unfinished one by now stays failed, and of several failed
// ones with one key the newest goes: the unique index would refuse the statement as a whole.
const candidates = `
select
  q.id,
  row_number() over (partition by coalesce(q.dedupe_key, q.id::text) order by q.id desc) as place
from processing_queue q
where q.flow_name = $1
  and q.status = 'failed'
  and q.retry_count < $2
  and ($3::bigint[] is null or q.id = any($3::bigint[]))
  and not exists (
    select 1
    from processing_queue held
    where held.flow_name = q.flow_name
      and held.dedupe_key = q.dedupe_key
      and held.status in ('pending', 'processing')
  )`;

// Locks: the rows reset. `retry_count` stays, as the limit counts over all attempts.
const resetStatement = `
with candidate as materialized (${candidates})
update processing_queue p
set status = 'pending',
    run_at = now(),
    flow_instance_id = null,
    claimed_at = null,
    heartbeat_at = null,
    updated_at = now()
from candidate
where p.id = candidate.id and p.status = 'failed' and candidate.place = 1
returning p.id`;

const previewStatement = `
select candidate.id
from (${candidates}) candidate
where candidate.place = 1`;

/**
 * Sets failed records of a flow to pending when they failed fewer than `maxRetries` times; only
 * the given ids when there are any. Gives the ids that were reset.
 */
export async function resetFailed(
  session: DatabaseSession,
  flowName: string,
  maxRetries: number,
  ids: readonly number[] | undefined,
): Promise<number[]> {
  const rows = await session.query<{ id: number }>(resetStatement, [
    flowName,
    maxRetries,
    ids ?? null,
  ]);
  if (rows.length > 0) await notifyWorkers(session, flowName);
  return rows.map((row) => row.id);
}

/** What a reset did, or would do. */
export interface ResetReport {
  /** The flow. */
  flow_name: string;
  /** Records that went back to pending. */
  reset: number;
  /** Those of the ids asked for that did not, and why. */
  not_reset: { id: number; reason: string }[];
  /** Records of the flow that stay failed. */
  still_failed: number;
  /** Nothing was changed. */
  dry_run: boolean;
}

/** Resets failed records, or only looks, and says what became of each id that was asked for. */
export async function resetWithReport(
  session: DatabaseSession,
  flowName: string,
  maxRetries: number,
  { ids, dryRun }: { ids?: readonly number[] | undefined; dryRun: boolean },
): Promise<ResetReport> {
  const reset = new Set(
    dryRun
      ? (await session.query<{ id: number }>(previewStatement, [flowName, maxRetries, ids ?? null]))
        .map((row) => row.id)
      : await resetFailed(session, flowName, maxRetries, ids),
  );
  const notReset = [...new Set(ids ?? [])].filter((id) => !reset.has(id));
  const [left] = await session.query<{ count: number }>(
    "select count(*) as count from processing_queue where flow_name = $1 and status = 'failed'",
    [flowName],
  );
  return {
    flow_name: flowName,
    reset: reset.size,
    not_reset: notReset.length === 0
      ? []
      : await explainNotReset(session, flowName, maxRetries, notReset),
    still_failed: (left?.count ?? 0) - (dryRun ? reset.size : 0),
    dry_run: dryRun,
  };
}

async function explainNotReset(
  session: DatabaseSession,
  flowName: string,
  maxRetries: number,
  ids: readonly number[],
): Promise<{ id: number; reason: string }[]> {
  const rows = await session.query<
    { id: number; flow_name: string; status: string; retry_count: number }
  >(
    "select id, flow_name, status, retry_count from processing_queue where id = any($1::bigint[])",
    [ids],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => {
    const row = byId.get(id);
    if (row === undefined) return { id, reason: "there is no such record" };
    if (row.flow_name !== flowName) {
      return { id, reason: `it belongs to the flow ${row.flow_name}` };
    }
    if (row.status !== "failed") return { id, reason: `it is ${row.status}, not failed` };
    if (row.retry_count >= maxRetries) {
      return {
        id,
        reason:
          `it failed ${row.retry_count} times and the limit is ${maxRetries}; raise --max-retries`,
      };
    }
    return { id, reason: "an unfinished record holds its dedupe key" };
  });
}
