/** The monitoring report for people. */

import { format as formatBytes } from "@std/fmt/bytes";
import {
  type Cell,
  countOf,
  formatCount,
  formatDuration,
  textTable,
} from "../../core/command_line/mod.ts";
import { shortTime, timelineChart } from "./bar_chart.ts";
import type { TimelineSlice } from "./finished_work.ts";
import { findingsText } from "./findings_text.ts";
import { type Paint, paintFor, paintRows } from "./paint.ts";
import type { DetailedMetrics, MonitoringReport } from "./monitoring_report.ts";
import type { InstanceHold } from "./stuck_records.ts";
import type { TableState } from "./table_state.ts";
import type { WorkDurations } from "./work_durations.ts";

/** Writes how the queue is: health, flows, the last day, issues, and details where there are. */
export function monitoringText(report: MonitoringReport, isColored: boolean): string {
  const paint = paintFor(isColored);
  const { queue_health, issues_found } = report.queue_health_assessment;
  const { recent_activity: recent, queue_status: counts } = report;
  const about = recent.is_estimate ? "about " : "";
  const parts = [
    `The queue is ${paint(queue_health, queue_health)} at ${shortTime(report.timestamp)} UTC: ` +
    `${formatCount(counts.due_records)} due, ${formatCount(counts.scheduled_records)} scheduled, ` +
    `${formatCount(counts.processing_records)} processing, ${
      formatCount(counts.failed_records)
    } failed of ` +
    `${countOf(counts.total_records, "record")}; ${formatCount(counts.archived_records)} archived`,
    flowTable(report, paint),
    `Last hour: ${about}${formatCount(recent.completed_last_hour)} completed, ` +
    `${formatCount(recent.failed_last_hour)} failed${percentText(recent.success_rate_percent)}` +
    (recent.backlog_seconds === null || recent.backlog_seconds === 0
      ? ""
      : `; at this rate the due records take ${formatDuration(recent.backlog_seconds * 1000)}`),
    hasWork(recent.timeline) ? timelineChart(recent.timeline, paint) : "",
  ];
  if (report.detailed_metrics) parts.push(detailText(report.detailed_metrics, paint));
  if (issues_found.length > 0) parts.push(findingsText(issues_found, paint));
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Writes who holds records. */
export function instanceTable(instances: readonly InstanceHold[], paint: Paint): string {
  if (instances.length === 0) return "No record is being processed";
  const table = textTable(
    ["instance", "flow", "records", "stuck", "oldest claim (UTC)", "silent for"],
    instances.map((hold) => [
      hold.instance,
      hold.flow_name,
      hold.records,
      hold.stuck_records,
      hold.oldest_claimed_at === null ? null : shortTime(hold.oldest_claimed_at),
      formatDuration(hold.silent_seconds * 1000),
    ]),
  );
  return paintRows(
    table,
    paint,
    instances.map((hold) => hold.stuck_records > 0 ? "WARNING" : undefined),
  );
}

/** Writes how long records waited and took. */
export function durationText(durations: WorkDurations): string {
  if (durations.records === 0) return "No completed record to measure";
  const row = (what: string, ...seconds: (number | null)[]): Cell[] => [
    what,
    ...seconds.map((value) => value === null ? null : formatDuration(value * 1000)),
  ];
  return textTable(["of completed records", "average", "half", "95 of 100", "longest"], [
    row(
      "claim to completion",
      durations.avg_processing_seconds,
      durations.p50_processing_seconds,
      durations.p95_processing_seconds,
      durations.max_processing_seconds,
    ),
    row("due to claim", null, durations.p50_waiting_seconds, durations.p95_waiting_seconds, null),
  ]);
}

/** Writes the table's sizes, dead rows and indexes. */
export function tableText(table: TableState): string {
  const vacuum = table.last_vacuum_seconds === null
    ? "never vacuumed"
    : `vacuumed ${formatDuration(table.last_vacuum_seconds * 1000)} ago`;
  return [
    `Table ${formatBytes(table.table_bytes)}, ${formatCount(table.live_rows)} live and ` +
    `${formatCount(table.dead_rows)} dead rows, ${vacuum}`,
    textTable(
      ["index", "size", "used", "valid"],
      table.indexes.map((index) => [
        index.name,
        formatBytes(index.size_bytes),
        index.scans,
        index.is_valid ? "yes" : "NO",
      ]),
    ),
  ].join("\n");
}

function hasWork(timeline: readonly TimelineSlice[]): boolean {
  return timeline.some((slice) => slice.completed + slice.failed > 0);
}

function flowTable(report: MonitoringReport, paint: Paint): string {
  const flows = Object.entries(report.by_flow);
  if (flows.length === 0) return "The queue is empty; add records with: queue add";
  const about = report.recent_activity.is_estimate ? "~" : "";
  const table = textTable(
    [
      "flow",
      "due",
      "oldest",
      "scheduled",
      "processing",
      "stuck",
      "completed",
      "failed",
      `${about}done/h`,
      `${about}failed/h`,
    ],
    flows.map(([name, flow]) => [
      name,
      flow.due,
      flow.oldest_due_seconds === null ? null : formatDuration(flow.oldest_due_seconds * 1000),
      flow.scheduled,
      flow.processing,
      flow.stuck,
      flow.completed,
      flow.failed,
      flow.completed_last_hour,
      flow.failed_last_hour,
    ]),
  );
  const { issues_found } = report.queue_health_assessment;
  return paintRows(
    table,
    paint,
    flows.map(([name]) =>
      issues_found.find((issue) => issue.finding.includes(`"${name}"`))?.severity
    ),
  );
}

function detailText(details: DetailedMetrics, paint: Paint): string {
  return [
    instanceTable(details.instances, paint),
    durationText(details.durations),
    tableText(details.table),
  ].join("\n\n");
}

function percentText(percent: number | null): string {
  return percent === null ? "" : ` (${percent} % success)`;
}
