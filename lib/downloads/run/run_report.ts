/** What a run did, and how things are after it. */

import { format as formatBytes } from "@std/fmt/bytes";
import {
  countOf,
  formatCount,
  formatDuration,
  singleLine,
  textTable,
} from "../../core/command_line/mod.ts";
import { alertsText, type MonitorReport, recommendationsText } from "../monitor/mod.ts";
import type { DownloadOutcome } from "./download_outcome.ts";
import type { HostTally, RunTally } from "./run_tally.ts";

/** The report of a run; the fields from `metrics` on are as in the monitor's report. */
export interface DownloadRunReport
  extends Pick<MonitorReport, "metrics" | "stats" | "alerts" | "recommendations"> {
  /** Marks the run. */
  run_id: string;
  /** The CSV. */
  csv_path: string;
  /** The folder of downloads. */
  downloads_dir: string;
  /** When it began: ISO 8601, UTC. */
  started_at: string;
  /** How long it took. */
  duration_seconds: number;
  /** Whether tracking columns were added to the CSV. */
  columns_added: boolean;
  /** Downloads that were pending when it began. */
  pending: number;
  /** Attempts made, tries again counted too. */
  attempts: number;
  /** Downloads that are there now. */
  completed: number;
  /** Downloads that failed, and are not there. */
  failed: number;
  /**
   * Downloads that this run did not make, and that need nobody else: another process has them in
   * hand or has made them meanwhile, or their row is gone.
   */
  taken_elsewhere: number;
  /**
   * Downloads that are pending still though nobody has them in hand: when their turn came, another
   * process had their row for its other download, and may not be told to make this one.
   */
  left_pending: number;
  /** Downloads that wait for a later run, as their host wants a longer pause than the run waits. */
  put_off: number;
  /** Downloads that were not begun, as the run was stopped or had reached its limit. */
  not_begun: number;
  /** Files that are there for the completed downloads and the failed ones. */
  files: number;
  /** Of these, the ones that earlier runs have brought. */
  files_there_already: number;
  /** The size of the files that this run published. */
  bytes: number;
  /** What ended the run early; null when nothing did. */
  stopped_by: string | null;
  /** Why the CSV lacks results, which stay in its journal; null when it has all. */
  not_folded: string | null;
  /** Why the history lacks something of this run; null when it does not. */
  history_problem: string | null;
  /** The hosts that were asked. */
  hosts: HostTally[];
  /** The last attempt of each download that failed, a thousand at most. */
  failures: DownloadOutcome[];
}

/** What a report is made of. */
export interface ReportParts {
  runId: string;
  startedAt: Date;
  columnsAdded: boolean;
  pending: number;
  notBegun: number;
  tally: RunTally;
  monitor: MonitorReport;
}

/** Makes the report of a run that has just ended. */
export function reportOf(parts: ReportParts): DownloadRunReport {
  const { runId, startedAt, columnsAdded, pending, notBegun, tally, monitor } = parts;
  const hosts = tally.hosts();
  return {
    run_id: runId,
    csv_path: monitor.csv_path,
    downloads_dir: monitor.downloads_dir,
    started_at: startedAt.toISOString(),
    duration_seconds: (Date.now() - startedAt.getTime()) / 1000,
    columns_added: columnsAdded,
    pending,
    attempts: tally.attempts,
    completed: tally.completed,
    failed: tally.failed,
    taken_elsewhere: tally.notGot.size - tally.leftPending,
    left_pending: tally.leftPending,
    put_off: hosts.reduce((sum, { put_off }) => sum + put_off, 0),
    not_begun: notBegun,
    files: tally.files,
    files_there_already: tally.filesThereAlready,
    bytes: tally.bytes,
    stopped_by: tally.stoppedBy ?? null,
    not_folded: tally.notFolded ?? null,
    history_problem: tally.historyProblem ?? null,
    hosts,
    failures: tally.failures(),
    metrics: monitor.metrics,
    stats: monitor.stats,
    alerts: monitor.alerts,
    recommendations: monitor.recommendations,
  };
}

/** Whether a run did all that it was to do, and the CSV shows it. */
export function isFlawlessRun(report: DownloadRunReport): boolean {
  const { failed, put_off, left_pending, stopped_by, not_folded } = report;
  return failed === 0 && put_off === 0 && left_pending === 0 && stopped_by === null &&
    not_folded === null;
}

/** Writes the report for people. */
export function runReportText(report: DownloadRunReport): string {
  const { completed, failed, bytes, attempts, duration_seconds: seconds } = report;
  const lines = [
    `${formatCount(completed)} completed, ${formatCount(failed)} failed in ` +
    `${countOf(attempts, "attempt")}, ` +
    `${formatDuration(seconds * 1000)}: ${filesText(report.files, report.files_there_already)}, ` +
    `${formatBytes(bytes)} new`,
  ];
  if (report.columns_added) lines.push("Added the tracking columns to the CSV");
  if (report.taken_elsewhere > 0) {
    lines.push(
      `${formatCount(report.taken_elsewhere)} left to others: another process has or had them, ` +
        "or the row is gone",
    );
  }
  if (report.left_pending > 0) {
    lines.push(
      `${
        formatCount(report.left_pending)
      } still pending, as another process had their row for its ` +
        "other download: unless it makes them too, run this again",
    );
  }
  for (const { host, slowed, longest_pause_seconds, put_off } of report.hosts) {
    if (slowed === 0) continue;
    const rest = put_off > 0 ? `; ${formatCount(put_off)} are left for a later run` : "";
    lines.push(
      `${host} asked ${countOf(slowed, "time")} for less and got pauses of up to ` +
        `${formatDuration(longest_pause_seconds * 1000)}${rest}`,
    );
  }
  if (report.not_begun > 0) lines.push(`${formatCount(report.not_begun)} were not begun`);
  if (report.stopped_by !== null) lines.push(`Stopped early by ${singleLine(report.stopped_by)}`);
  if (report.not_folded !== null) {
    lines.push(`The results stay in the CSV's journal: ${singleLine(report.not_folded)}`);
  }
  if (report.history_problem !== null) {
    lines.push(`The history lacks some of it: ${singleLine(report.history_problem)}`);
  }
  const sections = [lines.join("\n")];
  if (report.failures.length > 0) sections.push(failuresText(report.failures));
  const { pending_downloads, completed_downloads, failed_downloads, success_rate } = report.metrics;
  sections.push(
    `The CSV now: ${formatCount(completed_downloads)} completed, ${
      formatCount(failed_downloads)
    } failed, ` +
      `${formatCount(pending_downloads)} pending; success ${success_rate} %`,
  );
  if (report.alerts.length > 0) sections.push(alertsText(report.alerts));
  if (report.recommendations.length > 0) sections.push(recommendationsText(report.recommendations));
  return sections.join("\n\n");
}

/** Writes how one attempt ended, in a line. */
export function outcomeText(outcome: DownloadOutcome): string {
  const { row_id, download_type, status, failed_attempts, retry_in_seconds } = outcome;
  const what = `row ${singleLine(row_id)} ${download_type}`;
  if (status === "completed") {
    return `${what}: ${filesText(outcome.files.length, outcome.files_there_already)}`;
  }
  const again = retry_in_seconds === null ? "" : `, again in ${retry_in_seconds} s`;
  return `${what}: ${status} (attempt ${failed_attempts}${again}): ` +
    singleLine(outcome.error_message ?? "no reason was given");
}

function filesText(files: number, thereAlready: number): string {
  const text = countOf(files, "file");
  if (thereAlready === 0) return text;
  return thereAlready === files
    ? `${text}, there already`
    : `${text}, ${formatCount(thereAlready)} there already`;
}

function failuresText(failures: readonly DownloadOutcome[]): string {
  return textTable(
    ["row", "type", "attempts", "category", "reason"],
    failures.map(({ row_id, download_type, failed_attempts, error_category, error_message }) => [
      row_id,
      download_type,
      failed_attempts,
      error_category,
      error_message,
    ]),
  );
}
