/** The diagnostics for people. */

import { formatCount, formatDuration, textTable } from "../../core/command_line/mod.ts";
import type {
  DiagnosticsReport,
  OrphanedAnalysis,
  PerformanceAnalysis,
} from "./diagnostics_report.ts";
import { findingsText } from "./findings_text.ts";
import { durationText, instanceTable, tableText } from "./monitoring_text.ts";
import { type Paint, paintFor } from "./paint.ts";

/** Writes what was found, what was looked at, and details where asked for. */
export function diagnosticsText(report: DiagnosticsReport, isColored: boolean): string {
  const paint = paintFor(isColored);
  const { issues_found: issues, system_health } = report;
  const parts = [
    issues.length === 0
      ? `The queue is ${paint("healthy", "healthy")}: nothing found`
      : `The queue is ${paint(system_health, system_health)}: ${issues.length} ` +
        `${issues.length === 1 ? "issue" : "issues"} found`,
  ];
  if (issues.length > 0) parts.push(findingsText(issues, paint));
  parts.push(checkTable(report));
  if (report.orphaned_analysis) parts.push(orphanText(report.orphaned_analysis, paint));
  if (report.performance_analysis) parts.push(performanceText(report.performance_analysis));
  return parts.join("\n\n");
}

function checkTable({ checks, issues_found }: DiagnosticsReport): string {
  const { oldest_snapshot: snapshot, claim_uses_index, clock, connections } = checks;
  return textTable(["check", "result"], [
    [
      "claim goes by its index",
      claim_uses_index === null
        ? "not known"
        : claim_uses_index
        ? "yes"
        : issues_found.some((issue) => issue.code === "CLAIM_PLAN")
        ? "no"
        : "no need, as the table is small",
    ],
    [
      "oldest snapshot",
      snapshot === null ? "none" : `${secondsText(snapshot.age_seconds)}, "${snapshot.name}"` +
        (snapshot.pid === null ? "" : `, process ${snapshot.pid}`),
    ],
    ["dead rows", formatCount(checks.dead_rows)],
    ["stuck records", formatCount(checks.stuck_records)],
    ["poison suspects", formatCount(checks.poison_suspects)],
    [
      "flows without a worker",
      checks.idle_flows.map((flow) => flow.flow_name).join(", ") || "none",
    ],
    ["connections", `${formatCount(connections.used)} of ${formatCount(connections.available)}`],
    ["clock against the server's", `${clock.skew_ms} ms, within ${clock.uncertainty_ms} ms`],
  ]);
}

function orphanText(analysis: OrphanedAnalysis, paint: Paint): string {
  const suspects = analysis.poison_suspects.flatMap((flow) => flow.worst);
  const parts = [instanceTable(analysis.instances, paint)];
  if (suspects.length > 0) {
    parts.push(textTable(
      ["suspect", "flow", "status", "came back", "tries"],
      suspects.map((record) => [
        String(record.id),
        record.flow_name,
        record.status,
        record.orphan_count,
        record.retry_count,
      ]),
    ));
  }
  return parts.join("\n\n");
}

function performanceText(analysis: PerformanceAnalysis): string {
  const { claim_plan: plan, snapshot_holders: holders } = analysis;
  const parts = [tableText(analysis.table)];
  if (plan) {
    parts.push([`The claim of "${plan.flow_name}" (cost ${plan.estimated_cost})`, ...plan.scans]
      .join("\n  "));
  }
  if (holders.length > 0) {
    parts.push(textTable(
      ["holder", "process", "name", "login", "state", "for"],
      holders.map((holder) => [
        holder.kind.replaceAll("_", " "),
        holder.pid === null ? null : String(holder.pid),
        holder.name,
        holder.user_name,
        holder.state,
        secondsText(holder.age_seconds),
      ]),
    ));
  }
  parts.push(durationText(analysis.durations));
  return parts.join("\n\n");
}

function secondsText(seconds: number | null): string {
  return seconds === null ? "unknown" : formatDuration(seconds * 1000);
}
