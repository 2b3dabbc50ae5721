/** How the queue is right now (reference: queue, `distributed_queue_monitoring`). */

import type { DatabaseSession } from "../../database/mod.ts";
import { readArchiveCounts } from "../archive/mod.ts";
import { checkTimeoutHours } from "./report_options.ts";
import { healthOf, recommendationsOf, worstFirst } from "./finding.ts";
import {
  countByFlow,
  countGroups,
  openTimeWindow,
  readFinishedWork,
  scaledGroups,
  timelineOf,
} from "./finished_work.ts";
import { findHighErrorRates } from "./error_rates.ts";
import { findIdle, readClaimedNearby, readIdle, suspectedIdle } from "./idle_flows.ts";
import type { FlowMonitoring, MonitoringReport, QueueCounts } from "./monitoring_report.ts";
import { chooseRowSample } from "./row_sample.ts";
import { type Depth, type DueRecords, readDepth, readDue, sumDepth } from "./queue_depth.ts";
import { atOneMoment, type ReportOptions, withReportDatabase } from "./report_database.ts";
import { isoOrNull, percentOf, rounded, roundedOrNull } from "./report_numbers.ts";
import { findStuck, type InstanceHold, readHolds } from "./stuck_records.ts";
import { readTableState } from "./table_state.ts";
import { readDurations } from "./work_durations.ts";

/** What to look at. */
export interface MonitoringOptions extends ReportOptions {
  /** Adds instances, durations and the table's state. Defaults to false. */
  includeDetailedMetrics?: boolean;
  /** Hours without a sign of life after which a held record is stuck. Defaults to 1. */
  timeoutHours?: number;
}

// A record that waits for less may only wait for a worker that is busy.
const unclaimedMs = 60_000;

// Few, as counting the flows exactly takes most of what a report may cost.
const sampledRecords = 3000;

/**
 * Reads how the queue is: counts, ages, what was finished lately, and what is wrong. Takes no lock
 * that a claim waits for. `distributedProcessingDiagnostics` looks deeper.
 *
 * @throws ValidationError for a negative timeout; DatabaseConnectionError; ConfigurationError when
 * the queue's tables are missing.
 */
export async function distributedQueueMonitoring(
  options: MonitoringOptions = {},
): Promise<MonitoringReport> {
  const { includeDetailedMetrics = false, timeoutHours = 1, signal } = options;
  checkTimeoutHours("monitor the queue", timeoutHours);
  return await withReportDatabase(
    options,
    (database) =>
      atOneMoment(
        database,
        signal,
        (session) => monitor(session, includeDetailedMetrics, timeoutHours),
      ),
  );
}

async function monitor(
  session: DatabaseSession,
  isDetailed: boolean,
  timeoutHours: number,
): Promise<MonitoringReport> {
  const window = await openTimeWindow(session, 24);
  const depth = await readDepth(session, window.until);
  const due = await readDue(session);
  const holds = await readHolds(session, hoursBefore(window.until, timeoutHours));
  const sample = await chooseRowSample(session, sampledRecords);
  const all = sumDepth(depth.values());
  const work = await readFinishedWork(session, window, sample);
  const factor = sample.places === null || work.recordsRead === 0
    ? 1
    : all.total / work.recordsRead;
  const groups = scaledGroups(work.groups, { completed: factor, failed: factor });
  const lastHour = groups.filter((group) => group.slice === window.slices - 1);
  const finished = countGroups(lastHour);

  const finishedLately = new Set(lastHour.map((group) => group.flow_name));
  const suspected = suspectedIdle(due, holds, unclaimedMs)
    .filter((name) => !finishedLately.has(name));
  // A sample may have missed what was finished.
  const claimed = await readClaimedNearby(session, suspected, due, hoursBefore(window.until, 1));
  const idle = suspected.filter((name) => !claimed.has(name));
  const flows = Object.fromEntries(
    [...depth].map(([name, counts]) => [
      name,
      toFlow(
        counts,
        due.get(name),
        holds.filter((hold) => hold.flow_name === name),
        countGroups(lastHour, (group) => group.flow_name === name),
      ),
    ]),
  );
  const findings = worstFirst([
    ...findIdle(await readIdle(session, idle, due)),
    ...findStuck(holds, timeoutHours),
    ...findHighErrorRates(
      countByFlow(work.groups.filter((group) => group.slice === window.slices - 1)),
    ),
  ]);
  return {
    timestamp: window.until.toISOString(),
    queue_health_assessment: {
      queue_health: healthOf(findings),
      issues_found: findings,
      recommendations: recommendationsOf(findings),
    },
    queue_status: toCounts(all, await countArchived(session)),
    by_flow: flows,
    recent_activity: {
      is_estimate: sample.places !== null,
      completed_last_hour: finished.completed,
      failed_last_hour: finished.failed,
      success_rate_percent: percentOf(finished.completed, finished.completed + finished.failed),
      backlog_seconds: backlogSeconds(all.due, finished.completed + finished.failed),
      timeline: timelineOf(groups, window),
    },
    detailed_metrics: !isDetailed ? null : {
      instances: holds,
      durations: await readDurations(session, window.since, sample),
      table: await readTableState(session),
    },
  };
}

function hoursBefore(time: Date, hours: number): Date {
  return new Date(time.getTime() - hours * 3_600_000);
}

async function countArchived(session: DatabaseSession): Promise<number> {
  const counts = await readArchiveCounts(session);
  return counts.reduce((sum, flow) => sum + flow.records, 0);
}

function toCounts(depth: Depth, archived: number): QueueCounts {
  return {
    total_records: depth.total,
    pending_records: depth.pending,
    due_records: depth.due,
    scheduled_records: depth.scheduled,
    processing_records: depth.processing,
    completed_records: depth.completed,
    failed_records: depth.failed,
    archived_records: archived,
  };
}

function toFlow(
  depth: Depth,
  due: DueRecords | undefined,
  holds: readonly InstanceHold[],
  lastHour: { completed: number; failed: number },
): FlowMonitoring {
  return {
    pending: depth.pending,
    due: depth.due,
    scheduled: depth.scheduled,
    processing: depth.processing,
    stuck: holds.reduce((sum, hold) => sum + hold.stuck_records, 0),
    completed: depth.completed,
    failed: depth.failed,
    oldest_due_at: isoOrNull(due?.oldest_due_at),
    oldest_due_seconds: roundedOrNull(due?.oldest_due_seconds),
    completed_last_hour: lastHour.completed,
    failed_last_hour: lastHour.failed,
  };
}

function backlogSeconds(due: number, finishedLastHour: number): number | null {
  if (due === 0) return 0;
  return finishedLastHour === 0 ? null : rounded((due / finishedLastHour) * 3600);
}
