/** The monitor's report as a page with charts. */

import { countOf } from "../../core/command_line/mod.ts";
import { htmlReport, type HtmlSection } from "../../core/html_report/mod.ts";
import type { MonitorReport } from "./monitor_report.ts";

/** Writes the report as one self-contained HTML page. Needs no permission. */
export async function monitorReportHtml(report: MonitorReport): Promise<string> {
  const { metrics, trends, recommendations } = report;
  return await htmlReport({
    title: "Downloads",
    summary: `${report.csv_path}: ${report.status}, ${metrics.pending_downloads} pending, ` +
      `${metrics.completed_downloads} completed, ${metrics.failed_downloads} failed`,
    generatedAt: new Date(report.timestamp),
    sections: [
      figures(report),
      byType(report),
      {
        heading: "Last 24 hours",
        parts: [
          {
            kind: "chart",
            shape: "bar",
            title: "Downloads an hour",
            labels: trends.hours.map(({ hour }) => hour.slice(11, 16)),
            series: [
              { name: "completed", values: trends.hours.map((one) => one.completed), tone: "good" },
              { name: "failed", values: trends.hours.map((one) => one.failed), tone: "bad" },
            ],
          },
          {
            kind: "chart",
            shape: "line",
            title: "Pending downloads",
            labels: trends.hours.map(({ hour }) => hour.slice(11, 16)),
            series: [{
              name: "pending",
              values: trends.hours.map((one) => one.pending),
              tone: "neutral",
            }],
          },
          ...(trends.failures_by_category.length === 0 ? [] : [{
            kind: "table" as const,
            columns: [{ name: "trouble" }, { name: "failed attempts", isNumber: true }],
            rows: trends.failures_by_category
              .map(({ category, count }) => [category, String(count)]),
          }]),
        ],
      },
      {
        heading: "What to do next",
        parts: recommendations.length === 0 ? [{ kind: "text", text: "Nothing" }] : [{
          kind: "table",
          columns: [{ name: "why" }, { name: "run" }],
          rows: recommendations.map(({ reason, command }) => [reason, command]),
        }],
      },
      ...failedSection(report),
    ],
  });
}

function figures({ metrics, alerts }: MonitorReport): HtmlSection {
  const { avg_download_time: seconds, disk_free_gb: free } = metrics;
  return {
    heading: "Now",
    parts: [
      {
        kind: "figures",
        items: [
          { label: "Rows", value: String(metrics.total_rows) },
          { label: "Pending", value: String(metrics.pending_downloads), tone: "neutral" },
          { label: "At work", value: String(metrics.active_downloads), tone: "neutral" },
          { label: "Completed", value: String(metrics.completed_downloads), tone: "good" },
          {
            label: "Failed",
            value: String(metrics.failed_downloads),
            tone: metrics.failed_downloads > 0 ? "bad" : "good",
          },
          { label: "Success", value: `${metrics.success_rate} %` },
          { label: "Average download", value: seconds === null ? "–" : `${seconds} s` },
          { label: "Disk used", value: `${metrics.disk_usage_gb} GiB` },
          { label: "Disk free", value: free === null ? "–" : `${free} GiB` },
        ],
      },
      {
        kind: "list",
        items: alerts.length === 0
          ? [{ text: "No alerts", tone: "good" }]
          : alerts.map(({ severity, message }) => ({
            text: `${severity}: ${message}`,
            tone: severity === "CRITICAL" ? "bad" : "warning",
          })),
      },
    ],
  };
}

function byType({ stats }: MonitorReport): HtmlSection {
  return {
    heading: "By type",
    parts: [
      {
        kind: "chart",
        shape: "bar",
        title: "Downloads",
        labels: ["YouTube", "Drive"],
        series: [
          {
            name: "completed",
            values: [stats.youtube_completed, stats.drive_completed],
            tone: "good",
          },
          {
            name: "pending",
            values: [stats.youtube_pending, stats.drive_pending],
            tone: "neutral",
          },
          { name: "failed", values: [stats.youtube_failed, stats.drive_failed], tone: "bad" },
        ],
      },
      {
        kind: "text",
        text: `${countOf(stats.total_files_downloaded, "file")}, ${stats.total_size_mb} MiB`,
      },
    ],
  };
}

function failedSection({ failed_downloads: failed }: MonitorReport): HtmlSection[] {
  if (failed === undefined || failed.length === 0) return [];
  return [{
    heading: "Failed downloads",
    parts: [{
      kind: "table",
      columns: [
        { name: "row" },
        { name: "type" },
        { name: "attempts", isNumber: true },
        { name: "category" },
        { name: "reason" },
        { name: "address" },
      ],
      rows: failed.map(({ row_context, download_type, attempts, errors, url }) => [
        row_context.row_id,
        download_type,
        String(attempts),
        errors.at(-1)?.category ?? "",
        errors.at(-1)?.message ?? "",
        url,
      ]),
    }],
  }];
}
