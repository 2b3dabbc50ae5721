/** What a run did with the files of requests, for people and programs. */

import { format as formatBytes } from "@std/fmt/bytes";
import { countOf, formatCount, formatDuration, singleLine } from "../../core/command_line/mod.ts";
import type { DownloadOutcome, RestoreOutcome } from "./file_outcome.ts";

/** What became of all requests of a run. */
export interface FileReport<Outcome extends AnyOutcome = AnyOutcome> {
  /** What was done. */
  action: "download" | "restore";
  /** Nothing was changed. */
  dry_run: boolean;
  /** How many requests were named, each once. */
  requests: number;
  /** How many came to which end, by status. */
  counts: Partial<Record<Outcome["status"], number>>;
  /** The bytes of the files that were, or would be, put in place. */
  bytes: number;
  /** How long it took. */
  duration_ms: number;
  /** Every request, by its id. */
  results: Record<string, Outcome>;
}

/** What became of the file of a request, in either direction. */
export type AnyOutcome = DownloadOutcome | RestoreOutcome;

const moved = ["downloaded", "restored", "planned"];

/** Makes the report of a run that began at `startedAt` (of `performance.now()`). */
export function fileReport<Outcome extends AnyOutcome>(
  action: FileReport["action"],
  outcomes: ReadonlyMap<number, Outcome>,
  { dryRun, startedAt }: { dryRun: boolean; startedAt: number },
): FileReport<Outcome> {
  const counts: Partial<Record<Outcome["status"], number>> = {};
  let bytes = 0;
  for (const outcome of outcomes.values()) {
    const status: Outcome["status"] = outcome.status;
    counts[status] = (counts[status] ?? 0) + 1;
    if (moved.includes(outcome.status)) bytes += outcome.bytes ?? 0;
  }
  return {
    action,
    dry_run: dryRun,
    requests: outcomes.size,
    counts,
    bytes,
    duration_ms: Math.round(performance.now() - startedAt),
    results: Object.fromEntries(outcomes),
  };
}

/** More lines than that are for those who ask for them. */
const fewLines = 20;

/**
 * Writes the report for a person: what did not go well, and what was passed over or, in a dry run,
 * would be done; all else only when it is little or `isVerbose`; then the sum.
 */
export function fileReportText(report: FileReport, isVerbose: boolean = false): string {
  const outcomes = Object.values(report.results);
  const lines = fileLines(outcomes, isVerbose || report.dry_run);
  const differs = outcomes.some(({ error_code }) => /FILE_EXISTS$/.test(error_code ?? ""));
  const hint = differs ? ["--force replaces files that are there and differ"] : [];
  return [...lines, summary(report), ...hint].join("\n");
}

/**
 * Writes what became of files: what did not go well, which copies were passed over, and which files
 * were replaced; all else only when they are few or `isDetailed`.
 */
export function fileLines(outcomes: readonly AnyOutcome[], isDetailed: boolean): string[] {
  const isAll = isDetailed || outcomes.length <= fewLines;
  return outcomes.flatMap((outcome) => outcomeLines(outcome, isAll)).map(singleLine);
}

function outcomeLines(outcome: AnyOutcome, isDetailed: boolean): string[] {
  const { RequestID: id, status, source, target, bytes, error, passed_over } = outcome;
  if (status === "failed") return [`${id}: failed: ${error}`];
  if (status === "stopped") return [];
  const hasChoice = passed_over.length > 0;
  const size = bytes === null ? "" : ` (${formatBytes(bytes)})`;
  const replaces = "replaced" in outcome && outcome.replaced ? ", replacing another file" : "";
  const lines = isDetailed || hasChoice || replaces !== ""
    ? [`${id}: ${words[status]}: ${source} to ${target}${size}${replaces}`]
    : [];
  if (hasChoice) lines.push(`${id}: passed over: ${passed_over.join(", ")}`);
  return lines;
}

const words = {
  downloaded: "downloaded",
  restored: "restored",
  planned: "planned",
  skipped: "there already",
  identical: "there already",
} as const;

function summary({ action, dry_run, counts, bytes, duration_ms }: FileReport): string {
  const { downloaded = 0, restored = 0, planned = 0, failed, stopped } = counts;
  const there = (counts.skipped ?? 0) + (counts.identical ?? 0);
  const done = { download: "Downloaded", restore: "Restored" }[action];
  const what = dry_run
    ? `Would ${action} ${countOf(planned, "file")}`
    : `${done} ${countOf(downloaded + restored, "file")}`;
  const size = dry_run
    ? formatBytes(bytes)
    : `${formatBytes(bytes)} in ${formatDuration(duration_ms)}`;
  const parts = [
    `${what}, ${size}`,
    ...there === 0 ? [] : [`${formatCount(there)} there already`],
    ...failed === undefined ? [] : [`${formatCount(failed)} failed`],
    ...stopped === undefined ? [] : [`${formatCount(stopped)} not begun`],
  ];
  return `${parts.join(", ")}${dry_run ? "; changed nothing" : ""}`;
}
