/** How long records wait and how long they take. */

import type { DatabaseSession } from "../../database/mod.ts";
import { finishedAt } from "./finished_work.ts";
import { type RowSample, sampleParameters, sampleSource } from "./row_sample.ts";
import { roundedOrNull } from "./report_numbers.ts";

/** Durations of completed records, in seconds; null when there are none. */
export interface WorkDurations {
  /** Completed records looked at; of a large table, those in a sample. */
  records: number;
  /** From claim to completion, on average. */
  avg_processing_seconds: number | null;
  /** Half of them took no longer. */
  p50_processing_seconds: number | null;
  /** 95 of 100 took no longer. */
  p95_processing_seconds: number | null;
  /** The longest. */
  max_processing_seconds: number | null;
  /** From the moment they were due to the claim: half of them waited no longer. */
  p50_waiting_seconds: number | null;
  /** 95 of 100 waited no longer. */
  p95_waiting_seconds: number | null;
}

function durationStatement(sample: RowSample): string {
  return `
select
  count(*) as records,
  avg(processing) as avg_processing_seconds,
  percentile_cont(0.5) within group (order by processing) as p50_processing_seconds,
  percentile_cont(0.95) within group (order by processing) as p95_processing_seconds,
  max(processing) as max_processing_seconds,
  percentile_cont(0.5) within group (order by waiting) as p50_waiting_seconds,
  percentile_cont(0.95) within group (order by waiting) as p95_waiting_seconds
from (
  select
    date_part('epoch', completed_at - claimed_at) as processing,
    greatest(0, date_part('epoch', claimed_at - greatest(run_at, created_at))) as waiting
  from ${sampleSource(sample, 2)}
  where status = 'completed'
    and claimed_at is not null
    and ${finishedAt} >= $1::timestamptz
) finished`;
}

/** Measures the records that were completed since a moment. */
export async function readDurations(
  session: DatabaseSession,
  since: Date,
  sample: RowSample,
): Promise<WorkDurations> {
  const [row] = await session.query<WorkDurations & Record<string, unknown>>(
    durationStatement(sample),
    [since, ...sampleParameters(sample)],
  );
  return {
    records: row?.records ?? 0,
    avg_processing_seconds: roundedOrNull(row?.avg_processing_seconds),
    p50_processing_seconds: roundedOrNull(row?.p50_processing_seconds),
    p95_processing_seconds: roundedOrNull(row?.p95_processing_seconds),
    max_processing_seconds: roundedOrNull(row?.max_processing_seconds),
    p50_waiting_seconds: roundedOrNull(row?.p50_waiting_seconds),
    p95_waiting_seconds: roundedOrNull(row?.p95_waiting_seconds),
  };
}
