/** Records that come back again and again because their worker dies or goes silent with them. */

import { countOf } from "../../core/command_line/mod.ts";
import type { DatabaseSession } from "../../database/mod.ts";
import type { Finding } from "./finding.ts";

/** A record that cleanup has taken back twice or more and that is not completed. */
export interface PoisonSuspect {
  /** Its id. */
  id: number;
  /** Its flow. */
  flow_name: string;
  /** `pending`, `processing` or `failed`. */
  status: string;
  /** How often its worker died or went silent. */
  orphan_count: number;
  /** How often it failed or was taken back. */
  retry_count: number;
}

/** The suspects of one flow. */
export interface SuspectsOfFlow {
  /** The flow. */
  flow_name: string;
  /** How many there are. */
  records: number;
  /** Those taken back most often, at most 10. */
  worst: PoisonSuspect[];
}

/** What one pass over the table says about records that were claimed. */
export interface ClaimHistory {
  /** Flows with suspects, by name. */
  suspects: SuspectsOfFlow[];
  /** Of the flows asked about, those of which a record was claimed since the cutoff. */
  recentlyClaimed: Set<string>;
}

/** How often a record must have come back. */
const suspiciousOrphanCount = 2;

// One pass answers both questions, as nothing else tells either. Few rows pass the conditions.
const historyStatement = `
with noted as materialized (
  select
    id, flow_name, status, orphan_count, retry_count, claimed_at,
    orphan_count >= ${suspiciousOrphanCount} and status <> 'completed' as is_suspect
  from processing_queue
  where (orphan_count >= ${suspiciousOrphanCount} and status <> 'completed')
    or (claimed_at >= $2::timestamptz and flow_name = any($1::text[]))
),
suspect as (
  select
    *,
    count(*) over (partition by flow_name) as records,
    row_number() over (partition by flow_name order by orphan_count desc, id) as place
  from noted
  where is_suspect
)
select is_suspect, flow_name, records, id, status, orphan_count, retry_count
from suspect
where place <= 10
union all
select false, flow.name, 0, 0, '', 0, 0
from unnest($1::text[]) as flow (name)
where exists (
  select 1 from noted where flow_name = flow.name and claimed_at >= $2::timestamptz
)
order by flow_name, is_suspect desc, orphan_count desc, id`;

/** Looks for suspects, and which of the flows named had a record claimed since the cutoff. */
export async function readClaimHistory(
  session: DatabaseSession,
  flowNames: readonly string[],
  claimedSince: Date,
): Promise<ClaimHistory> {
  const rows = await session.query<
    PoisonSuspect & { is_suspect: boolean; records: number } & Record<string, unknown>
  >(historyStatement, [flowNames, claimedSince]);
  const history: ClaimHistory = { suspects: [], recentlyClaimed: new Set() };
  for (const { is_suspect, records, ...record } of rows) {
    if (!is_suspect) {
      history.recentlyClaimed.add(record.flow_name);
      continue;
    }
    let ofFlow = history.suspects.find((known) => known.flow_name === record.flow_name);
    if (ofFlow === undefined) {
      ofFlow = { flow_name: record.flow_name, records, worst: [] };
      history.suspects.push(ofFlow);
    }
    ofFlow.worst.push(record);
  }
  return history;
}

/** Finds the suspects, flow by flow. */
export function findPoison(suspects: readonly SuspectsOfFlow[]): Finding[] {
  return suspects.map(({ flow_name, records, worst }) => {
    const ids = worst.map((record) => record.id);
    const highest = Math.max(...worst.map((record) => record.orphan_count));
    return {
      severity: "WARNING",
      code: "POISON_SUSPECTS",
      finding: `${countOf(records, "record")} of "${flow_name}" came back ` +
        `from dead or silent workers ${suspiciousOrphanCount} times or more, up to ${highest} ` +
        `times: ${ids.join(", ")}${records > ids.length ? ", …" : ""}`,
      meaning: "Such a record may kill its worker each time; look at its payload before it goes on",
      command: `select id, payload from processing_queue where id in (${ids.join(", ")})`,
    };
  });
}
