/** The operator's reports in words. */

import { type Cell, shellQuote, singleLine, textTable } from "../core/command_line/mod.ts";
import type { AddStreamCounts } from "./add_record_stream.ts";
import type { CleanupCounts } from "./cleanup_orphans.ts";
import type { HealthReport } from "./health_check.ts";
import type { MigrationReport } from "./migrate_queue.ts";
import type { FailedRecord, QueueStatus } from "./queue_status.ts";
import type { ResetReport } from "./reset_failed.ts";

/** Writes what `queue add` did. */
export function addedText(flowName: string, counts: AddStreamCounts, isDryRun: boolean): string {
  const verb = isDryRun ? "would add" : "added";
  const parts = [`${verb} ${records(counts.added)}`];
  if (counts.duplicates > 0) parts.push(`left out ${records(counts.duplicates)} as duplicates`);
  if (counts.rejected > 0) parts.push(`rejected ${records(counts.rejected)}`);
  return `${flowName}: ${parts.join(", ")}`;
}

/** Writes the counts as a table of flows. */
export function statusText(status: QueueStatus): string {
  const flows = Object.entries(status.by_flow);
  if (flows.length === 0) return "The queue is empty; add records with: queue add";
  const rows: Cell[][] = flows.map(([name, counts]) => [
    name,
    counts.pending,
    counts.processing,
    counts.completed,
    counts.failed,
    counts.pending + counts.processing + counts.completed + counts.failed,
  ]);
  if (flows.length > 1) {
    rows.push([
      "all",
      status.pending_records,
      status.processing_records,
      status.completed_records,
      status.failed_records,
      status.total_records,
    ]);
  }
  return textTable(["flow", "pending", "processing", "completed", "failed", "total"], rows);
}

/** Writes the health report. */
export function healthText(report: HealthReport): string {
  const rows = Object.entries(report.databases).map(([name, health]) => [
    name,
    health.status,
    health.response_time_ms === null ? null : `${health.response_time_ms.toFixed(1)} ms`,
    health.error ?? "",
  ]);
  const counts = report.queue_status;
  return [
    `The queue is ${report.status}`,
    textTable(["database", "status", "answer", ""], rows),
    counts === null
      ? "Its counts cannot be read"
      : `${counts.pending_records} pending, ${counts.processing_records} processing, ` +
        `${counts.failed_records} failed of ${records(counts.total_records)}`,
  ].join("\n");
}

/** Writes what a cleanup did, or would do. */
export function cleanupText(counts: CleanupCounts, isDryRun: boolean): string {
  if (counts.requeued + counts.failed === 0) return "No record is stuck in processing";
  const would = isDryRun ? "would go" : "went";
  const wouldFail = isDryRun ? "would be failed" : "were failed";
  return `${records(counts.requeued)} ${would} back to pending, ${counts.failed} ${wouldFail} ` +
    "as they came back too often";
}

/** Writes what a reset did, or would do. */
export function resetText(report: ResetReport): string {
  const verb = report.dry_run ? "would reset" : "reset";
  const lines = [`${report.flow_name}: ${verb} ${records(report.reset)} to pending`];
  for (const { id, reason } of report.not_reset) lines.push(`  not ${id}: ${reason}`);
  if (report.still_failed > 0) {
    lines.push(
      `  ${records(report.still_failed)} ${report.still_failed === 1 ? "stays" : "stay"} failed; ` +
        `see: queue failed --flow ${shellQuote(report.flow_name)}`,
    );
  }
  return lines.join("\n");
}

/** Writes a page of failed records with their reasons, and how to get the next one. */
export function failedText(
  failed: readonly FailedRecord[],
  page: { limit: number; flow?: string | undefined; before?: number | undefined },
): string {
  if (failed.length === 0) {
    return page.before === undefined ? "No record has failed" : "No more records have failed";
  }
  const rows = failed.map((record) => [
    String(record.id),
    record.flow_name,
    record.retry_count,
    record.updated_at.toISOString().slice(0, 19).replace("T", " "),
    shortened(record.error_message ?? "", 80),
    shortened(JSON.stringify(record.payload), 60),
  ]);
  const table = textTable(["id", "flow", "tries", "failed at (UTC)", "reason", "payload"], rows);
  const last = failed.at(-1);
  if (failed.length < page.limit || last === undefined) return table;
  const flow = page.flow === undefined ? "" : `--flow ${shellQuote(page.flow)} `;
  return `${table}\nMore may follow: queue failed ${flow}--before ${last.id}`;
}

/** Writes what a migration did, or would do. */
export function migrateText(report: MigrationReport): string {
  if (report.applied.length === 0) return "The queue's tables are up to date";
  const verb = report.dry_run ? "Would apply" : "Applied";
  return `${verb} ${report.applied.join(", ")}`;
}

function records(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "record" : "records"}`;
}

function shortened(text: string, length: number): string {
  const line = singleLine(text);
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
