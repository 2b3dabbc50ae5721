/** Completed and failed records over a window of time, by flow and by equal slices of the window. */

import type { DatabaseSession } from "../../database/mod.ts";
import { type RowSample, sampleParameters, sampleSource } from "./row_sample.ts";

/** A window that ends now, cut into slices from its end on; the oldest slice may be cut short. */
export interface TimeWindow {
  /** When it begins. */
  since: Date;
  /** When it ends: the server's time of the report. */
  until: Date;
  /** The length of a slice, in milliseconds. */
  sliceMs: number;
  /** How many slices it has. */
  slices: number;
}

/** Records that came to the same end in the same slice. */
export interface FinishedGroup {
  /** Their flow. */
  flow_name: string;
  /** How they ended. */
  status: "completed" | "failed";
  /** The slice, 0 for the oldest. */
  slice: number;
  /** How many there are. */
  records: number;
}

/** Finished records by group, and how much was read for it. */
export interface FinishedWork {
  /** The groups, in no order. */
  groups: FinishedGroup[];
  /** Records of any kind in a sample; of the whole table, those in the window. */
  recordsRead: number;
}

/** Counts of one slice of a window. */
export interface TimelineSlice {
  /** When it begins, ISO 8601. */
  from: string;
  /** When it ends, ISO 8601. */
  to: string;
  /** Records completed in it. */
  completed: number;
  /** Records that failed in it. */
  failed: number;
}

/** When a finished record came to its end; failed ones have no time of their own for it. */
export const finishedAt = "coalesce(completed_at, updated_at)";

const inWindow = `
where ${finishedAt} >= $1::timestamptz
  and status in ('completed', 'failed')`;

function groupStatement(sample: RowSample, sliceMs: number): string {
  return `
select
  flow_name,
  status,
  case
    when status in ('completed', 'failed') and ${finishedAt} >= $1::timestamptz
      then date_bin(interval '${sliceMs} milliseconds', ${finishedAt}, $2::timestamptz)
  end as slice_at,
  count(*) as records
from ${sampleSource(sample, 3)}
${sample.places === null ? inWindow : ""}
group by flow_name, status, slice_at`;
}

const totalsStatement = `
select
  count(*) filter (where status = 'completed') as completed,
  count(*) filter (where status = 'failed') as failed
from processing_queue
where ${finishedAt} >= $1::timestamptz`;

const hourMs = 3_600_000;

/** Opens the window of the last hours by the server's clock: slices of an hour, or of a day when
 * it has more than 72. */
export async function openTimeWindow(
  session: DatabaseSession,
  hours: number,
): Promise<TimeWindow> {
  const [row] = await session.query<{ until: Date }>("select now() as until");
  const until = row?.until ?? new Date();
  const since = new Date(until.getTime() - hours * hourMs);
  const hoursPerSlice = hours <= 72 ? 1 : 24;
  const slices = Math.ceil(hours / hoursPerSlice);
  return { since, until, sliceMs: hoursPerSlice * hourMs, slices };
}

/** Groups what finished in the window, of the whole table or of a sample of it. */
export async function readFinishedWork(
  session: DatabaseSession,
  window: TimeWindow,
  sample: RowSample,
): Promise<FinishedWork> {
  const startMs = firstSliceMs(window);
  const rows = await session.query<{
    flow_name: string;
    status: string;
    slice_at: Date | null;
    records: number;
  }>(groupStatement(sample, window.sliceMs), [
    window.since,
    new Date(startMs),
    ...sampleParameters(sample),
  ]);
  const work: FinishedWork = { groups: [], recordsRead: 0 };
  for (const { flow_name, status, slice_at, records } of rows) {
    work.recordsRead += records;
    if (slice_at === null || (status !== "completed" && status !== "failed")) continue;
    const slice = Math.round((slice_at.getTime() - startMs) / window.sliceMs);
    // What another host finished between the moment of the report and its snapshot is still "now".
    work.groups.push({ flow_name, status, slice: Math.min(slice, window.slices - 1), records });
  }
  return work;
}

/** Counts what finished in the window, exactly, in one pass over the table. */
export async function countFinished(
  session: DatabaseSession,
  window: TimeWindow,
): Promise<{ completed: number; failed: number }> {
  const [row] = await session.query<{ completed: number; failed: number }>(totalsStatement, [
    window.since,
  ]);
  return row ?? { completed: 0, failed: 0 };
}

/** Counts finished records by flow. */
export function countByFlow(
  groups: readonly FinishedGroup[],
): Record<string, { completed: number; failed: number }> {
  const names = [...new Set(groups.map((group) => group.flow_name))].sort();
  return Object.fromEntries(
    names.map((name) => [name, countGroups(groups, (group) => group.flow_name === name)]),
  );
}

/** Multiplies the groups: completed and failed each by its own factor. */
export function scaledGroups(
  groups: readonly FinishedGroup[],
  factors: { completed: number; failed: number },
): FinishedGroup[] {
  return groups.map((group) => ({ ...group, records: group.records * factors[group.status] }));
}

/** Adds the groups that a condition holds for. */
export function countGroups(
  groups: readonly FinishedGroup[],
  isCounted: (group: FinishedGroup) => boolean = () => true,
): { completed: number; failed: number } {
  const counts = { completed: 0, failed: 0 };
  for (const group of groups) if (isCounted(group)) counts[group.status] += group.records;
  return { completed: Math.round(counts.completed), failed: Math.round(counts.failed) };
}

/** Gives every slice of the window, the oldest first, empty ones too. */
export function timelineOf(
  groups: readonly FinishedGroup[],
  window: TimeWindow,
): TimelineSlice[] {
  const startMs = firstSliceMs(window);
  const counts = Array.from({ length: window.slices }, () => ({ completed: 0, failed: 0 }));
  for (const { slice, status, records } of groups) {
    const count = counts[slice];
    if (count) count[status] += records;
  }
  return counts.map(({ completed, failed }, slice) => ({
    from: new Date(Math.max(startMs + slice * window.sliceMs, window.since.getTime()))
      .toISOString(),
    to: new Date(startMs + (slice + 1) * window.sliceMs).toISOString(),
    completed: Math.round(completed),
    failed: Math.round(failed),
  }));
}

function firstSliceMs({ until, sliceMs, slices }: TimeWindow): number {
  return until.getTime() - sliceMs * slices;
}
