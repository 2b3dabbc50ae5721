/** Claiming by one statement, and finding what a claim got whose answer was lost. */

import type { DatabaseSession } from "../database/mod.ts";
import type { ClaimFloors, ClaimPlan } from "./claim_floors.ts";
import { claimStatement, exchangeStatements, rescanStatement } from "./claim_statement.ts";
import { completionParameter, type RecordCompletion } from "./finish_records.ts";
import type { ClaimedRecord, Payload } from "./queue_record.ts";

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

/** A row of a claim: a record, or, with nothing else in it, what the last one tells. */
interface ClaimAnswerRow extends Record<string, unknown> {
  /** `run_at` in seconds since 1970. */
  seconds: number | null;
  told: [serverSeconds: number, tookMs: number, completed: number] | null;
}

interface PlacedRow extends ClaimedRow {
  seconds: number;
}

/** Records of an earlier claim that are completed together with a new claim. */
export interface EarlierWork {
  /** The name of the claim that holds them. */
  claimName: string;
  /** The records and their results. */
  completions: readonly RecordCompletion[];
}

/** What a claim gave. */
export interface ClaimAnswer {
  /** The records that it holds now. */
  records: ClaimedRecord[];
  /** How many records of the earlier work it completed. */
  completed: number;
}

/**
 * Claims at most `batchSize` pending records of a flow, most urgent and oldest first, and gives
 * them in that order. Looks where the plan says and teaches the floors what it found. The claim's
 * name goes into `flow_instance_id` and fences everything after.
 *
 * With earlier work, completes that in the same statement, under the fence of its own claim.
 */
export async function claimRecords(
  session: DatabaseSession,
  request: { flowName: string; batchSize: number; claimName: string },
  floors: ClaimFloors,
  plan: ClaimPlan,
  earlier?: EarlierWork,
): Promise<ClaimAnswer> {
  const { flowName, batchSize, claimName } = request;
  const parameters: unknown[] = [flowName, batchSize, claimName];
  if (!plan.isRescan) {
    parameters.push(
      plan.floors.map(([priority]) => priority),
      plan.floors.map(([, place]) => place.seconds),
      plan.floors.map(([, place]) => place.id),
    );
  }
  let statement = plan.isRescan ? rescanStatement : claimStatement;
  if (earlier !== undefined) {
    const { kind, parameter } = completionParameter(earlier.completions);
    statement = exchangeStatements[plan.isRescan ? "rescan" : "bounded"][kind];
    parameters.push(parameter, earlier.claimName);
  }
  const answer = await session.query<(PlacedRow | { id: null }) & ClaimAnswerRow>(
    statement,
    parameters,
  );
  const rows = answer.filter((row): row is PlacedRow & ClaimAnswerRow => row.id !== null);
  rows.sort((a, b) => a.priority - b.priority || a.seconds - b.seconds || a.id - b.id);
  const [serverSeconds, tookMs, completed] = answer.at(-1)?.told ?? [0, 0, 0];
  floors.learn(plan, {
    lastPlaces: rows.flatMap(({ priority, seconds, id }, index) =>
      priority === rows[index + 1]?.priority ? [] : [{ priority, seconds, id }]
    ),
    isShort: rows.length < batchSize,
    serverSeconds,
    tookMs,
  });
  const records = rows.map((row) => toClaimedRecord(row, flowName, claimName));
  return { records, completed };
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
