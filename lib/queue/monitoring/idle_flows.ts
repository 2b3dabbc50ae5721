/** Flows whose records wait although nobody works on them. */

import { formatDuration, shellQuote } from "../../core/command_line/mod.ts";
import type { DatabaseSession } from "../../database/mod.ts";
import type { Finding } from "./finding.ts";
import type { DueRecords } from "./queue_depth.ts";
import { rounded } from "./report_numbers.ts";
import type { InstanceHold } from "./stuck_records.ts";

/** A flow whose due records nobody claims. */
export interface IdleFlow {
  /** The flow. */
  flow_name: string;
  /** How long its oldest due record has waited, in seconds. */
  oldest_due_seconds: number;
  /** Its due records, counted up to 1,000. */
  due_records: number;
}

const countedUpTo = 1000;

/**
 * Gives the flows that may be idle: due for long enough, and no record held by an instance that
 * shows signs of life. Whether something was claimed lately is another question.
 */
export function suspectedIdle(
  due: ReadonlyMap<string, DueRecords>,
  holds: readonly InstanceHold[],
  unclaimedMs: number,
): string[] {
  const worked = new Set(
    holds.filter((hold) => hold.stuck_records < hold.records).map((hold) => hold.flow_name),
  );
  return [...due]
    .filter(([name, { oldest_due_seconds }]) =>
      oldest_due_seconds * 1000 >= unclaimedMs && !worked.has(name)
    )
    .map(([name]) => name);
}

const neighbours = 500;

/**
 * Gives those flows of which a record near the oldest due one was claimed since a moment: records
 * go in order, so this sees almost any worker at the price of a thousand rows.
 */
export async function readClaimedNearby(
  session: DatabaseSession,
  flowNames: readonly string[],
  due: ReadonlyMap<string, DueRecords>,
  claimedSince: Date,
): Promise<Set<string>> {
  if (flowNames.length === 0) return new Set();
  const rows = await session.query<{ flow_name: string }>(
    `
select flow.name as flow_name
from unnest($1::text[], $2::bigint[]) as flow (name, id)
cross join lateral (
  select 1
  from processing_queue q
  where q.id between flow.id - ${neighbours} and flow.id + ${neighbours}
    and q.flow_name = flow.name
    and q.claimed_at >= $3::timestamptz
  limit 1
) claimed`,
    [flowNames, flowNames.map((name) => due.get(name)?.oldest_due_id ?? 0), claimedSince],
  );
  return new Set(rows.map((row) => row.flow_name));
}

/** Counts the due records of flows, of each up to 1,000. */
export async function readIdle(
  session: DatabaseSession,
  flowNames: readonly string[],
  due: ReadonlyMap<string, DueRecords>,
): Promise<IdleFlow[]> {
  if (flowNames.length === 0) return [];
  const rows = await session.query<{ flow_name: string; due_records: number }>(
    `
select flow.name as flow_name, counted.due_records
from unnest($1::text[]) as flow (name)
cross join lateral (
  select count(*) as due_records
  from (
    select 1
    from processing_queue q
    where q.flow_name = flow.name and q.status = 'pending' and q.run_at <= now()
    limit ${countedUpTo}
  ) due
) counted
order by flow.name`,
    [flowNames],
  );
  return rows.map(({ flow_name, due_records }) => ({
    flow_name,
    due_records,
    oldest_due_seconds: rounded(due.get(flow_name)?.oldest_due_seconds ?? 0),
  }));
}

/** Finds the idle flows. */
export function findIdle(flows: readonly IdleFlow[]): Finding[] {
  return flows.map(({ flow_name, due_records, oldest_due_seconds }) => ({
    severity: "CRITICAL",
    code: "NO_WORKER",
    finding: `${due_records}${due_records === countedUpTo ? " or more" : ""} due records of ` +
      `"${flow_name}" wait, the oldest for ${formatDuration(oldest_due_seconds * 1000)}, and no ` +
      "worker claims them",
    meaning: "No worker of this flow runs, or it asks for a flow of another name",
    command: `claim-batch --flow ${shellQuote(flow_name)} --handler handler.ts --watch`,
  }));
}
