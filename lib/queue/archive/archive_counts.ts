/** What the archive holds, from its counters. */

import type { DatabaseSession } from "../../database/mod.ts";

/** Counters of the archived records of one flow and status. */
export interface ArchiveCounts {
  /** The flow. */
  flow_name: string;
  /** How the records ended. */
  status: "completed" | "failed";
  /** Are in the archive now. */
  records: number;
  /** Were in the archive and have been purged. */
  purged: number;
  /** The sum of `retry_count`, purged records included. */
  retries: number;
  /** The sum of `orphan_count`, purged records included. */
  orphaned: number;
}

const countsStatement = `
select flow_name, status, records, purged, retries, orphaned
from processing_queue_archive_counts
where $1::text is null or flow_name = $1::text
order by flow_name, status`;

/**
 * Gives the archive's counters by flow and status, of all flows or of one. Reads a few rows,
 * however many records are archived.
 */
export async function readArchiveCounts(
  session: DatabaseSession,
  flowName?: string,
): Promise<ArchiveCounts[]> {
  return await session.query<ArchiveCounts & Record<string, unknown>>(countsStatement, [
    flowName ?? null,
  ]);
}
