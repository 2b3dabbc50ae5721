/**
 * Ending a claim: complete, fail, release, heartbeat. Every statement is fenced: it touches only
 * rows that are still `processing` under the claim's own name, and returns the ids that it changed.
 * Locks: the rows changed, by primary key.
 */

import type { DatabaseSession } from "../database/mod.ts";
import type { HeldRecord } from "./claim_ledger.ts";

/** How a failed record goes back to the queue by itself. */
export interface RetryPolicy {
  /** A record that failed this often in all stays failed. */
  maxRetries: number;
  /** The wait after the first failure, in milliseconds. */
  initialDelayMs: number;
  /** Each wait is this times the one before. */
  backoffFactor: number;
  /** The longest wait, in milliseconds. */
  maxDelayMs: number;
}

/** A failure of one record. */
export interface RecordFailure extends HeldRecord {
  /** Why it failed. */
  error: string;
}

/** A completion of one record. */
export interface RecordCompletion extends HeldRecord {
  /** The result as JSON text, `null` when there is none. */
  resultText: string;
}

/** Writes the statement that completes records without results: their ids, and their claim. */
export function completion(ids: string, claimName: string): string {
  return `
update processing_queue
set status = 'completed',
    completed_at = now(),
    updated_at = now(),
    error_message = null
where id = any(${ids}::bigint[]) and status = 'processing' and flow_instance_id = ${claimName}
returning id`;
}

/** Writes the statement that completes records with results: a JSON list, and their claim. */
export function completionWithResults(list: string, claimName: string): string {
  // The list of ids is there for the planner: a join alone may walk a whole index, by a plan that
  // was made while the table was small.
  return `
with done as materialized (
  select id, result
  from jsonb_to_recordset(${list}::text::jsonb) as done (id bigint, result jsonb)
)
update processing_queue p
set status = 'completed',
    completed_at = now(),
    updated_at = now(),
    error_message = null,
    result = done.result
from done
where p.id = any(array(select done.id from done))
  and p.id = done.id
  and p.status = 'processing' and p.flow_instance_id = ${claimName}
returning p.id`;
}

const completeStatements = {
  plain: completion("$1", "$2"),
  results: completionWithResults("$1", "$2"),
};

// A record that goes back to the queue keeps `flow_instance_id` as its last holder, so that a
// failure or a release repeated after a lost answer is known as one's own.
const failStatement = `
with failure as materialized (
  select id, error
  from jsonb_to_recordset($1::text::jsonb) as failure (id bigint, error text)
)
update processing_queue p
set retry_count = p.retry_count + 1,
    error_message = failure.error,
    updated_at = now(),
    status = case when p.retry_count + 1 < $3::int then 'pending' else 'failed' end,
    claimed_at = case when p.retry_count + 1 < $3::int then null else p.claimed_at end,
    run_at = case
      when p.retry_count + 1 < $3::int
        then now() + least($4::float8, $5::float8 * power($6::float8, least(p.retry_count, 64)))
          * interval '1 millisecond'
      else p.run_at
    end
from failure
where p.id = any(array(select failure.id from failure))
  and p.id = failure.id
  and p.status = 'processing' and p.flow_instance_id = $2
returning p.id`;

const releaseStatement = `
update processing_queue
set status = 'pending', claimed_at = null, heartbeat_at = null, updated_at = now()
where id = any($1::bigint[]) and status = 'processing' and flow_instance_id = $2
returning id`;

const heartbeatStatement = `
update processing_queue
set heartbeat_at = now(), updated_at = now()
where id = any($1::bigint[]) and status = 'processing' and flow_instance_id = $2
returning id`;

// Which of these records this claim ended already, in an attempt whose answer was lost. Pending is
// what a release and a failure with retries both leave; only the failure puts `run_at` off.
const endedBeforeStatements = {
  completed: endedBeforeStatement("status = 'completed'"),
  failed: endedBeforeStatement(
    "(status = 'failed' or status = 'pending' and run_at >= updated_at)",
  ),
  released: endedBeforeStatement("status = 'pending' and run_at < updated_at"),
};

function endedBeforeStatement(ending: string): string {
  return `
select id
from processing_queue
where id = any($1::bigint[]) and flow_instance_id = $2 and ${ending}`;
}

/** Gives which kind of statement completes these records, and its first parameter. */
export function completionParameter(
  completions: readonly RecordCompletion[],
): { kind: "plain" | "results"; parameter: unknown } {
  if (completions.every((done) => done.resultText === "null")) {
    return { kind: "plain", parameter: completions.map((done) => done.id) };
  }
  const rows = completions.map((done) => `{"id":${done.id},"result":${done.resultText}}`);
  return { kind: "results", parameter: `[${rows.join()}]` };
}

/** Completes records of one claim; gives the ids completed. */
export async function completeRecords(
  session: DatabaseSession,
  completions: readonly RecordCompletion[],
  claimName: string,
): Promise<number[]> {
  const { kind, parameter } = completionParameter(completions);
  return await changedIds(session, completeStatements[kind], [parameter, claimName]);
}

/** Fails records of one claim, or sends them back by the policy; gives the ids changed. */
export async function failRecords(
  session: DatabaseSession,
  failures: readonly RecordFailure[],
  claimName: string,
  policy: RetryPolicy | undefined,
): Promise<number[]> {
  const rows = failures.map(({ id, error }) => ({ id, error: storableError(error) }));
  return await changedIds(session, failStatement, [
    JSON.stringify(rows),
    claimName,
    policy?.maxRetries ?? 0,
    policy?.maxDelayMs ?? 0,
    policy?.initialDelayMs ?? 0,
    policy?.backoffFactor ?? 1,
  ]);
}

/** Gives records of one claim back untouched; gives the ids released. */
export async function releaseRecords(
  session: DatabaseSession,
  ids: readonly number[],
  claimName: string,
): Promise<number[]> {
  return await changedIds(session, releaseStatement, [ids, claimName]);
}

/** Extends the lease of records of one claim; gives the ids that it still holds. */
export async function heartbeatRecords(
  session: DatabaseSession,
  ids: readonly number[],
  claimName: string,
): Promise<number[]> {
  return await changedIds(session, heartbeatStatement, [ids, claimName]);
}

/** How a claim ends a record. */
export type ClaimEnding = keyof typeof endedBeforeStatements;

/** Gives those of the ids that this claim itself brought to that end before. */
export async function endedBefore(
  session: DatabaseSession,
  ids: readonly number[],
  claimName: string,
  ending: ClaimEnding,
): Promise<number[]> {
  return await changedIds(session, endedBeforeStatements[ending], [ids, claimName]);
}

const maxErrorLength = 10_000;

// A text column holds no NUL, and a reason of megabytes helps nobody.
function storableError(error: string): string {
  const text = error.replaceAll("\0", "").toWellFormed();
  return text.length <= maxErrorLength ? text : `${text.slice(0, maxErrorLength)}…`;
}

async function changedIds(
  session: DatabaseSession,
  statement: string,
  parameters: readonly unknown[],
): Promise<number[]> {
  const rows = await session.query<{ id: number }>(statement, parameters);
  return rows.map((row) => row.id);
}
