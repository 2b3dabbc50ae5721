/** The performance report for people. */

import { countOf, formatCount, textTable } from "../../core/command_line/mod.ts";
import { shortTime, timelineChart } from "./bar_chart.ts";
import type { ErrorAnalysis } from "./error_groups.ts";
import { durationText } from "./monitoring_text.ts";
import { paintFor } from "./paint.ts";
import type { PerformanceReport } from "./processing_performance.ts";

/** Writes totals, flows, the timeline, durations, and the reasons of failures where asked for. */
export function performanceText(report: PerformanceReport, isColored: boolean): string {
  const paint = paintFor(isColored);
  const { overall_metrics: all, busiest_slice: busiest } = report;
  const success = all.success_rate_percent;
  const parts = [
    `Last ${formatCount(report.time_window_hours)} h: ${
      countOf(all.processed_records, "record")
    } ` +
    `processed, ${formatCount(all.avg_processing_rate_per_hour)} an hour` +
    (success === null ? "" : `, ${success} % success`),
  ];
  if (all.processed_records > 0) {
    parts.push(flowTable(report), timelineChart(report.timeline, paint));
    if (busiest) {
      parts.push(
        `Busiest from ${shortTime(busiest.from)} UTC: ` +
          countOf(busiest.completed + busiest.failed, "record"),
      );
    }
    if (report.is_estimate) {
      parts.push("The totals are exact; flows and bars are estimated from a sample");
    }
    parts.push(durationText(report.durations));
  }
  if (report.error_analysis) parts.push(errorText(report.error_analysis));
  return parts.join("\n\n");
}

function flowTable(report: PerformanceReport): string {
  const about = report.is_estimate ? "~" : "";
  return textTable(
    ["flow", `${about}completed`, `${about}failed`, `${about}per hour`, "success"],
    Object.entries(report.by_flow).map(([name, flow]) => [
      name,
      flow.completed_records,
      flow.failed_records,
      flow.avg_processing_rate_per_hour,
      flow.success_rate_percent === null ? null : `${flow.success_rate_percent} %`,
    ]),
  );
}

function errorText(errors: ErrorAnalysis): string {
  if (errors.failed_records === 0) return "No record failed";
  const title = errors.examined_records === errors.failed_records
    ? `${countOf(errors.failed_records, "failure")} by reason`
    : `${formatCount(errors.examined_records)} of ${
      countOf(errors.failed_records, "failure")
    } by reason`;
  return `${title}, ${formatCount(errors.failed_more_than_once)} of them repeated\n` + textTable(
    ["records", "share", "flows", "reason"],
    errors.error_groups.map((group) => [
      group.records,
      `${group.percent} %`,
      group.flows.join(", "),
      shortened(group.pattern, 90),
    ]),
  );
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
