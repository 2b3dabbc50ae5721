/** The monitor's findings for people. */

import {
  countOf,
  formatCount,
  formatDuration,
  singleLine,
  textTable,
} from "../../core/command_line/mod.ts";
import type { FailedDownload } from "../tracker/mod.ts";
import type { Alert } from "./alerts.ts";
import type { MonitorReport } from "./monitor_report.ts";
import type { Recommendation } from "./recommendations.ts";
import type { DownloadStats, SystemMetrics } from "./system_metrics.ts";

/** Writes the metrics, one a line. */
export function metricsText(metrics: SystemMetrics): string {
  const { avg_download_time: seconds, disk_free_gb: free } = metrics;
  return textTable(["metric", "value"], [
    ["rows", formatCount(metrics.total_rows)],
    ["pending downloads", formatCount(metrics.pending_downloads)],
    ["downloads at work", formatCount(metrics.active_downloads)],
    ["completed downloads", formatCount(metrics.completed_downloads)],
    ["failed downloads", formatCount(metrics.failed_downloads)],
    ["success rate", `${metrics.success_rate} %`],
    ["error rate", `${metrics.error_rate} %`],
    ["average download", seconds === null ? null : formatDuration(seconds * 1000)],
    ["disk used", `${metrics.disk_usage_gb} GiB`],
    ["disk free", free === null ? null : `${free} GiB`],
    ["runs at work", formatCount(metrics.active_processes)],
    ["critical errors, 24 hours", formatCount(metrics.critical_errors)],
  ]);
}

/** Writes the alerts, or that there is none. */
export function alertsText(alerts: readonly Alert[]): string {
  if (alerts.length === 0) return "No alerts";
  return alerts.map(({ severity, message }) => `${severity}  ${singleLine(message)}`).join("\n");
}

/** Writes the state in a few lines. */
export function monitorStatusText({ status, metrics, stats, alerts }: MonitorReport): string {
  const { pending_downloads, active_downloads, active_processes } = metrics;
  const lines = [
    `${status}: ${formatCount(pending_downloads)} pending, ${
      formatCount(active_downloads)
    } at work in ` +
    `${countOf(active_processes, "run")}`,
    statsText(stats),
  ];
  return [...lines, alertsText(alerts)].join("\n\n");
}

/** Writes the whole report. */
export function monitorReportText(report: MonitorReport): string {
  const { metrics, stats, trends, alerts, recommendations, failed_downloads } = report;
  const busyHours = trends.hours.filter(({ completed, failed, pending }) =>
    completed + failed > 0 || pending !== null
  );
  const sections = [
    `Downloads of ${singleLine(report.csv_path)}: ${report.status}`,
    metricsText(metrics),
    statsText(stats),
    `Last 24 hours: ${formatCount(trends.completed)} completed, ${
      formatCount(trends.failed)
    } failed ` +
    `(${trends.error_rate} %), ${countOf(trends.files, "file")}, ${trends.size_mb} MiB`,
    ...(busyHours.length === 0 ? [] : [
      textTable(
        ["hour (UTC)", "completed", "failed", "files", "pending"],
        busyHours.map(({ hour, completed, failed, files, pending }) => [
          hour.slice(0, 16).replace("T", " "),
          completed,
          failed,
          files,
          pending,
        ]),
      ),
    ]),
    alertsText(alerts),
    ...(failed_downloads === undefined ? [] : [failedText(failed_downloads)]),
    recommendationsText(recommendations),
  ];
  return sections.join("\n\n");
}

/** Writes what to do next. */
export function recommendationsText(recommendations: readonly Recommendation[]): string {
  if (recommendations.length === 0) return "Nothing is to be done";
  return recommendations
    .map(({ reason, command }) => `${singleLine(reason)}\n  ${singleLine(command)}`)
    .join("\n");
}

/** Writes failed downloads with their last error. */
export function failedText(failed: readonly FailedDownload[]): string {
  if (failed.length === 0) return "No failed downloads";
  return textTable(
    ["row", "type", "attempts", "last attempt", "category", "reason"],
    failed.map(({ row_context, download_type, attempts, last_download_attempt, errors }) => [
      row_context.row_id,
      download_type,
      attempts,
      last_download_attempt,
      errors.at(-1)?.category,
      errors.at(-1)?.message,
    ]),
  );
}

function statsText(stats: DownloadStats): string {
  const table = textTable(["type", "pending", "completed", "failed", "success"], [
    [
      "youtube",
      stats.youtube_pending,
      stats.youtube_completed,
      stats.youtube_failed,
      `${stats.youtube_success_rate} %`,
    ],
    [
      "drive",
      stats.drive_pending,
      stats.drive_completed,
      stats.drive_failed,
      `${stats.drive_success_rate} %`,
    ],
  ]);
  const { total_files_downloaded: files, total_size_mb: size } = stats;
  return `${table}\n${countOf(files, "file")}, ${size} MiB`;
}
