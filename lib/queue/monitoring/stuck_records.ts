/** Who holds records, and whose hold has lasted past the timeout without a sign of life. */

import type { DatabaseSession } from "../../database/mod.ts";
import { countOf, formatCount, shellQuote } from "../../core/command_line/mod.ts";
import type { Finding } from "./finding.ts";
import { isoOrNull, rounded } from "./report_numbers.ts";

/** What one worker process holds of one flow. */
export interface InstanceHold {
  /** `<host>-<process>`, as `flow_instance_id` has it before the claim. */
  instance: string;
  /** The flow. */
  flow_name: string;
  /** Records that it holds. */
  records: number;
  /** Of these, records past the timeout: what `queue cleanup` would take back. */
  stuck_records: number;
  /** When it claimed the oldest of them, ISO 8601. */
  oldest_claimed_at: string | null;
  /** The last claim or heartbeat of any of them, ISO 8601. */
  last_sign_of_life_at: string | null;
  /** How long ago that is, in seconds. */
  silent_seconds: number;
}

// By the index on processing rows; its "claimed_at is not null" is what lets it be used.
const holdStatement = `
select
  split_part(flow_instance_id, ':', 1) as instance,
  flow_name,
  count(*) as records,
  count(*) filter (where greatest(claimed_at, heartbeat_at) <= $1::timestamptz)
    as stuck_records,
  min(claimed_at) as oldest_claimed_at,
  max(greatest(claimed_at, heartbeat_at)) as last_sign_of_life_at,
  date_part('epoch', now() - max(greatest(claimed_at, heartbeat_at))) as silent_seconds
from processing_queue
where status = 'processing' and claimed_at is not null
group by instance, flow_name
order by stuck_records desc, records desc, instance, flow_name`;

/** Reads what every instance holds; stuck is what shows no sign of life since the cutoff. */
export async function readHolds(session: DatabaseSession, cutoff: Date): Promise<InstanceHold[]> {
  const rows = await session.query<
    & Omit<InstanceHold, "oldest_claimed_at" | "last_sign_of_life_at">
    & { oldest_claimed_at: Date; last_sign_of_life_at: Date }
    & Record<string, unknown>
  >(holdStatement, [cutoff]);
  return rows.map((row) => ({
    instance: row.instance,
    flow_name: row.flow_name,
    records: row.records,
    stuck_records: row.stuck_records,
    oldest_claimed_at: isoOrNull(row.oldest_claimed_at),
    last_sign_of_life_at: isoOrNull(row.last_sign_of_life_at),
    silent_seconds: rounded(Math.max(0, row.silent_seconds)),
  }));
}

/** Finds, for each instance and flow, records that are past the timeout. */
export function findStuck(holds: readonly InstanceHold[], timeoutHours: number): Finding[] {
  return holds.filter((hold) => hold.stuck_records > 0).map((hold) => ({
    severity: "WARNING",
    code: "STUCK_RECORDS",
    finding:
      `${formatCount(hold.stuck_records)} of ${
        countOf(hold.records, "record")
      } of "${hold.flow_name}" held by ` +
      `"${hold.instance}" show no sign of life for ${timeoutHours} h or more`,
    meaning: "Its worker died, lost the database or hangs; nobody else works on these records",
    command: `queue cleanup --flow ${shellQuote(hold.flow_name)} --timeout-hours ${timeoutHours}`,
  }));
}
