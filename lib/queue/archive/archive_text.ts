/** The archive's reports in words. */

import { countOf, textTable } from "../../core/command_line/mod.ts";
import type { ArchiveCounts } from "./archive_counts.ts";
import type { ArchiveReport } from "./archive_records.ts";

/** Writes what an archive run did, or would do. */
export function archiveText(report: ArchiveReport, isPurge: boolean): string {
  const count = isPurge ? report.purged : report.archived;
  const place = isPurge ? "the archive" : "the queue";
  const whose = report.flow_name === null ? "" : ` of ${report.flow_name}`;
  if (count === 0) return `No finished record${whose} in ${place} is that old`;
  const would = report.dry_run ? "would " : "";
  const verb = isPurge ? (would ? "delete" : "deleted") : (would ? "move" : "moved");
  const where = isPurge ? "from the archive" : "to the archive";
  const exported = report.exported > 0 ? `, all ${would ? "to be " : ""}written to the file` : "";
  const batches = report.dry_run ? "" : ` in ${countOf(report.batches, "batch", "batches")}`;
  const text = `${would}${verb} ${countOf(count, "record")}${whose} ${where}${batches}${exported}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Writes what the archive holds as a table of flows. */
export function archiveCountsText(counts: readonly ArchiveCounts[]): string {
  if (counts.length === 0) return "Nothing is archived";
  return textTable(
    ["archived flow", "status", "records", "purged"],
    counts.map((count) => [count.flow_name, count.status, count.records, count.purged]),
  );
}
