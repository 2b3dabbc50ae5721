/** The monitor's four views. */

import { textTable } from "../../core/command_line/mod.ts";
import { resolveCallerPath, ValidationError, writeFileAtomic } from "../../core/mod.ts";
import {
  alertsText,
  DownloadMonitor,
  type DownloadMonitorOptions,
  failedText,
  metricsText,
  type MonitorReport,
  monitorReportHtml,
  monitorReportText,
  monitorStatusText,
  recommendationsText,
} from "../monitor/mod.ts";

/** What a view is, as JSON and as text. */
export interface MonitorView {
  /** For programs. */
  value: unknown;
  /** For people. */
  text: () => string;
  /** False for the view of the alerts when one is raised. */
  isWell: boolean;
}

/** What {@link monitorDownloads} is told beyond what a monitor is. */
export interface MonitorViewOptions extends DownloadMonitorOptions {
  /** Adds what stands behind the numbers. */
  detailed: boolean;
  /** Where the report goes as an HTML page. */
  html: string | undefined;
}

/**
 * Looks at the downloads and gives the view that is asked for: `status`, `report`, `metrics` or
 * `alerts`.
 *
 * @throws ValidationError for another word, or `html` with another view than the report; the errors
 * of `DownloadMonitor`; FileOperationError when the page cannot be written
 */
export async function monitorDownloads(
  words: readonly string[],
  { detailed, html, ...options }: MonitorViewOptions,
): Promise<MonitorView> {
  const [word = "", ...more] = words;
  const view = new Map(Object.entries(views)).get(word);
  if (more.length > 0 || view === undefined) {
    throw new ValidationError(
      `monitor needs one of status, report, metrics and alerts: it got "${words.join(" ")}"`,
      { code: "USAGE" },
    );
  }
  if (html !== undefined && word !== "report") {
    throw new ValidationError(`--html is for monitor report: it got "${word}"`, { code: "USAGE" });
  }
  const report = await new DownloadMonitor(options).generateReport(detailed);
  if (html !== undefined) {
    await writeFileAtomic(resolveCallerPath(html), await monitorReportHtml(report));
  }
  return view(report, detailed);
}

const views = {
  status: (report: MonitorReport, detailed: boolean): MonitorView => {
    const { timestamp, status, metrics, stats, alerts, recommendations } = report;
    return {
      value: { timestamp, status, metrics, stats, alerts, ...(detailed ? detailsOf(report) : {}) },
      text: () =>
        [
          monitorStatusText(report),
          ...(detailed ? [detailsText(report), recommendationsText(recommendations)] : []),
        ].join("\n\n"),
      isWell: true,
    };
  },
  report: (report: MonitorReport): MonitorView => ({
    value: report,
    text: () => monitorReportText(report),
    isWell: true,
  }),
  metrics: (report: MonitorReport, detailed: boolean): MonitorView => ({
    value: detailed ? { ...report.metrics, ...report.stats } : report.metrics,
    text: () => {
      const stats = Object.entries(report.stats).map(([name, value]) => [name, String(value)]);
      const more = detailed ? `\n\n${textTable(["statistic", "value"], stats)}` : "";
      return metricsText(report.metrics) + more;
    },
    isWell: true,
  }),
  alerts: (report: MonitorReport, detailed: boolean): MonitorView => ({
    value: { alerts: report.alerts, ...(detailed ? detailsOf(report) : {}) },
    text: () => alertsText(report.alerts) + (detailed ? `\n\n${detailsText(report)}` : ""),
    isWell: report.alerts.length === 0,
  }),
};

function detailsOf({ recommendations, critical_errors, failed_downloads }: MonitorReport) {
  return { recommendations, critical_errors, failed_downloads };
}

function detailsText({ critical_errors = [], failed_downloads = [] }: MonitorReport): string {
  const critical = critical_errors.map(({ timestamp, row_id, message }) => [
    timestamp,
    row_id,
    message,
  ]);
  return [
    ...(critical.length === 0 ? [] : [textTable(["critical error", "row", "reason"], critical)]),
    failedText(failed_downloads),
  ].join("\n\n");
}
