/** What a pass did, for a person. */

import { formatDuration, singleLine } from "../../core/command_line/mod.ts";
import { failedBatchText, waitingBatchText } from "./batch_report.ts";
import type { PollReport } from "./poll_report.ts";

const mostLines = 20;

/** Writes the report of a project for a person. */
export function pollReportText(report: PollReport): string {
  const { project_id, dry_run, duration_ms } = report;
  const counts = [
    `${report.found} found`,
    `${report.claimed} ${dry_run ? "would be claimed" : "claimed"}`,
    ...dry_run
      ? countUnlessZero("would be sent", report.sent === report.claimed ? 0 : report.sent)
      : [`${report.acknowledged} acknowledged`],
    ...countUnlessZero("unstable", report.unstable),
    ...countUnlessZero("set aside", report.set_aside),
    ...countUnlessZero("lost to others", report.lost_to_others),
    ...countUnlessZero("held", report.held),
    ...countUnlessZero("failed", report.failed),
    ...countUnlessZero("waiting", report.waiting),
  ];
  const lines = [
    ...report.would_claim.map((name) => `would claim: ${name}`),
    ...report.would_send.map((path) => `would send: ${path}`),
    ...report.unstable_files.map(({ name, reason }) => `unstable: ${name} ${reason}`),
    ...report.set_aside_files.map(({ name, reason }) => `set aside: ${name} ${reason}`),
    ...report.held_files.map(({ name, reason }) => `held: ${name} ${reason}`),
    ...report.problems.map(({ file, problem }) => `${file}: ${problem}`),
    ...report.failed_batches.map(failedBatchText),
    ...report.waiting_batches.map(waitingBatchText),
  ];
  const shown = lines.slice(0, mostLines);
  const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [];
  const hints = [
    ...report.failed_batches.length > 0
      ? ["Failed batches are kept; --retry-failed sends them again, --forget-failed drops them"]
      : [],
    ...report.waiting > 0 ? ["Waiting batches go out with the next run"] : [],
  ];
  return [
    `${project_id}: ${counts.join(", ")} in ${formatDuration(duration_ms)}` +
    (report.error === null ? "" : ", ended early"),
    ...[...shown, ...more].map((line) => `  ${singleLine(line)}`),
    ...hints.map((line) => singleLine(line)),
  ].join("\n");
}

function countUnlessZero(name: string, count: number): string[] {
  return count === 0 ? [] : [`${count} ${name}`];
}
