/** How much was done in a window of time, how fast, and what went wrong (reference: queue). */

import type { DatabaseSession } from "../../database/mod.ts";
import { checkWhole } from "../queue_checks.ts";
import { analyzeErrors, type ErrorAnalysis } from "./error_groups.ts";
import {
  countByFlow,
  countFinished,
  countGroups,
  type FinishedGroup,
  openTimeWindow,
  readFinishedWork,
  scaledGroups,
  timelineOf,
  type TimelineSlice,
  type TimeWindow,
} from "./finished_work.ts";
import { chooseRowSample, type RowSample, wholeTable } from "./row_sample.ts";
import { atOneMoment, type ReportOptions, withReportDatabase } from "./report_database.ts";
import { percentOf, rounded } from "./report_numbers.ts";
import { readDurations, type WorkDurations } from "./work_durations.ts";

/** What to measure. */
export interface PerformanceOptions extends ReportOptions {
  /** The window, in whole hours up to now, 1 to 8784 (366 days). Defaults to 24. */
  timeWindowHours?: number;
  /** Groups the failures by their reasons. Defaults to false. */
  includeErrorAnalysis?: boolean;
}

/** What was done in all, or in one flow. */
export interface WorkMetrics {
  /** Completed and failed records. */
  processed_records: number;
  /** Records completed. */
  completed_records: number;
  /** Records that failed and have not been reset since. */
  failed_records: number;
  /** Completed of processed, 0 to 100 with two places; null when nothing was processed. */
  success_rate_percent: number | null;
  /** Processed records, divided by the hours of the window; with two places. */
  avg_processing_rate_per_hour: number;
}

/** The report of `processingPerformanceMonitoring`. */
export interface PerformanceReport {
  /** When it was made, by the database's clock, ISO 8601. */
  timestamp: string;
  /** The window, in hours. */
  time_window_hours: number;
  /** When the window begins, ISO 8601. */
  window_start: string;
  /** When the window ends, ISO 8601; the report's moment. */
  window_end: string;
  /** All flows; always counted exactly. */
  overall_metrics: WorkMetrics;
  /**
   * Whether the parts below are estimated from a sample of the rows: for a table of more
   * than 100,000 records of which more than a fifth lie in the window.
   */
  is_estimate: boolean;
  /** The same by flow, for the flows that did something. */
  by_flow: Record<string, WorkMetrics>;
  /** Slices of an hour, or of a day for more than 72 hours; the oldest first, empty ones too. */
  timeline: TimelineSlice[];
  /** The slice with the most processed records; null when nothing was processed. */
  busiest_slice: TimelineSlice | null;
  /** How long records waited and took; of a large table, from a sample. */
  durations: WorkDurations;
  /** The failures by reason; null unless asked for. */
  error_analysis: ErrorAnalysis | null;
}

const maxHours = 24 * 366;

// The more rows, the truer the slices; so many cost a twentieth of counting a million records.
const sampledRecords = 5000;

// Up to here, grouping what lies in the window costs less than half of finding it.
const maxShareGroupedExactly = 0.2;

/**
 * Measures what was processed in the last hours (reference: queue,
 * `processing_performance_monitoring`).
 *
 * A record counts when it ended: a completed one by `completed_at`, a failed one by its last
 * change; one that failed and was reset counts no more. Takes no lock that a claim waits for.
 *
 * @throws ValidationError for a window that is not a whole number of hours from 1 to 8784;
 * DatabaseConnectionError; ConfigurationError when the queue's tables are missing.
 */
export async function processingPerformanceMonitoring(
  options: PerformanceOptions = {},
): Promise<PerformanceReport> {
  const { timeWindowHours = 24, includeErrorAnalysis = false, signal } = options;
  checkWhole("measure the performance", "the time window in hours", timeWindowHours, 1, maxHours);
  return await withReportDatabase(
    options,
    (database) =>
      atOneMoment(
        database,
        signal,
        (session) => measure(session, timeWindowHours, includeErrorAnalysis),
      ),
  );
}

async function measure(
  session: DatabaseSession,
  hours: number,
  withErrors: boolean,
): Promise<PerformanceReport> {
  const window = await openTimeWindow(session, hours);
  const { since } = window;
  const sample = await chooseRowSample(session, sampledRecords);
  const { totals, groups, isEstimate } = await countWork(session, window, sample);
  const durations = await readDurations(session, since, sample);
  const timeline = timelineOf(groups, window);
  return {
    timestamp: window.until.toISOString(),
    time_window_hours: hours,
    window_start: since.toISOString(),
    window_end: window.until.toISOString(),
    overall_metrics: toMetrics(totals, hours),
    is_estimate: isEstimate,
    by_flow: byFlow(groups, hours),
    timeline,
    busiest_slice: busiestOf(timeline),
    durations,
    error_analysis: withErrors ? await analyzeErrors(session, since, sample, totals.failed) : null,
  };
}

// A large table is passed once: in groups where few rows lie in the window, else for totals alone,
// which the sample then divides.
async function countWork(
  session: DatabaseSession,
  window: TimeWindow,
  sample: RowSample,
): Promise<{
  totals: { completed: number; failed: number };
  groups: FinishedGroup[];
  isEstimate: boolean;
}> {
  const first = await readFinishedWork(session, window, sample);
  const seen = countGroups(first.groups);
  if (sample.places === null) return { totals: seen, groups: first.groups, isEstimate: false };
  if ((seen.completed + seen.failed) / first.recordsRead <= maxShareGroupedExactly) {
    const whole = await readFinishedWork(session, window, wholeTable);
    return { totals: countGroups(whole.groups), groups: whole.groups, isEstimate: false };
  }
  const totals = await countFinished(session, window);
  const factors = {
    completed: seen.completed === 0 ? 0 : totals.completed / seen.completed,
    failed: seen.failed === 0 ? 0 : totals.failed / seen.failed,
  };
  return { totals, groups: scaledGroups(first.groups, factors), isEstimate: true };
}

function toMetrics(counts: { completed: number; failed: number }, hours: number): WorkMetrics {
  const processed = counts.completed + counts.failed;
  return {
    processed_records: processed,
    completed_records: counts.completed,
    failed_records: counts.failed,
    success_rate_percent: percentOf(counts.completed, processed),
    avg_processing_rate_per_hour: rounded(processed / hours),
  };
}

function byFlow(groups: readonly FinishedGroup[], hours: number): Record<string, WorkMetrics> {
  return Object.fromEntries(
    Object.entries(countByFlow(groups)).map(([name, counts]) => [name, toMetrics(counts, hours)]),
  );
}

function busiestOf(timeline: readonly TimelineSlice[]): TimelineSlice | null {
  let busiest: TimelineSlice | null = null;
  for (const slice of timeline) {
    if (slice.completed + slice.failed > (busiest ? busiest.completed + busiest.failed : 0)) {
      busiest = slice;
    }
  }
  return busiest;
}
