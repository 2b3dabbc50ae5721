/** What a pass did. */

import type { ErrorResponse } from "../../core/mod.ts";
import type { FailedBatch, WaitingBatch } from "./batch_report.ts";
import type { SetAsideFile, UnstableFile } from "./source_files.ts";

/** A file that was not dealt with, and why. */
export interface FileProblem {
  /** Its name, or its path where it was claimed. */
  file: string;
  /** What is wrong, in a sentence. */
  problem: string;
}

/** What became of the files of one project in one pass. All counts are files. */
export interface PollReport {
  /** The project. */
  project_id: string;
  /** When the pass began: ISO 8601, UTC. */
  started_at: string;
  /** How long it took. */
  duration_ms: number;
  /** Nothing was changed: `claimed` are those that would have been. */
  dry_run: boolean;
  /** PDFs in the source folder. */
  found: number;
  /** Were left in place as they are empty or still being uploaded. */
  unstable: number;
  /** Were left in place for good: links, folders, names that cannot be used. */
  set_aside: number;
  /** Belong to this poller since this pass, those of an interrupted one included. */
  claimed: number;
  /** Were claimed by another poller first. */
  lost_to_others: number;
  /** Were claimed and are not sent yet, as they have grown since, or are gone. */
  held: number;
  /** Were sent, whatever came back; with `dry_run`, would be. */
  sent: number;
  /** Are at the receiver. */
  acknowledged: number;
  /** Were refused by the receiver. */
  failed: number;
  /** Are in batches that the next pass sends again. */
  waiting: number;
  /** Were refused in earlier passes, and are kept until a person decides. */
  failed_before: number;
  /** The batches of this pass and earlier ones that the receiver refused. */
  failed_batches: FailedBatch[];
  /** The batches that the next pass sends again, and why they are not delivered. */
  waiting_batches: WaitingBatch[];
  /** With `dry_run`, the names of the files that would be claimed. */
  would_claim: string[];
  /** With `dry_run`, the paths of files that are claimed, in no batch yet, and would go out. */
  would_send: string[];
  /** Why files are unstable. */
  unstable_files: UnstableFile[];
  /** Why files were set aside; each is told once by a poller that goes on. */
  set_aside_files: SetAsideFile[];
  /** Why claimed files are held. */
  held_files: UnstableFile[];
  /** What a person must look at: files that could not be claimed, or are gone. */
  problems: FileProblem[];
  /** Why the pass ended early; null when it did not. */
  error: ErrorResponse | null;
}

/** Whether a pass found nothing to do and nothing to tell. */
export function isQuietPass(report: PollReport): boolean {
  return isFlawlessPass(report) && report.set_aside_files.length === 0 &&
    report.found === report.set_aside && report.held + report.sent === 0;
}

/**
 * Whether all that was there was dealt with, and nothing waits for a person. A preview has sent
 * nothing that waits, and cannot know what would come of it.
 */
export function isFlawlessPass(report: PollReport): boolean {
  return isFlawlessButForWaiting(report) && (report.dry_run || report.waiting === 0);
}

/** Whether nothing is wrong but that batches wait to be sent again. */
export function isFlawlessButForWaiting(report: PollReport): boolean {
  return report.error === null && report.problems.length === 0 &&
    report.failed + report.failed_before === 0;
}

/** Makes the report of a pass that begins. */
export function emptyReport(projectId: string, startedAt: Date, isDryRun: boolean): PollReport {
  return {
    project_id: projectId,
    started_at: startedAt.toISOString(),
    duration_ms: 0,
    dry_run: isDryRun,
    found: 0,
    unstable: 0,
    set_aside: 0,
    claimed: 0,
    lost_to_others: 0,
    held: 0,
    sent: 0,
    acknowledged: 0,
    failed: 0,
    waiting: 0,
    failed_before: 0,
    failed_batches: [],
    waiting_batches: [],
    would_claim: [],
    would_send: [],
    unstable_files: [],
    set_aside_files: [],
    held_files: [],
    problems: [],
    error: null,
  };
}

/** Gives the counts of a report alone. */
export function reportCounts(report: PollReport): Record<string, number> {
  return Object.fromEntries(
    Object.entries(report).flatMap(([name, value]) =>
      typeof value === "number" ? [[name, value]] : []
    ),
  );
}
