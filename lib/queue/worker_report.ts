/** What a worker job did, in words. */

import { ValidationError } from "../core/mod.ts";
import { countOf, formatCount, formatDuration, shellQuote } from "../core/command_line/mod.ts";
import type { DistributedProcessor } from "./distributed_processor.ts";
import type { WorkerJobSummary } from "./worker_job.ts";
import type { WorkerMode } from "./worker.ts";

/**
 * Chooses the mode by the flags; without any, one batch.
 *
 * @throws ValidationError when they contradict each other.
 */
export function chooseMode(flags: { once: boolean; drain: boolean; watch: boolean }): WorkerMode {
  const chosen = (["once", "drain", "watch"] as const).filter((mode) => flags[mode]);
  if (chosen.length > 1) {
    const names = chosen.map((mode) => `--${mode}`).join(" and ");
    throw new ValidationError(`Cannot work with ${names} at once; choose one`, { code: "USAGE" });
  }
  return chosen[0] ?? "once";
}

/** Writes the summary for a person. */
export function workerSummaryText({ processing, summary }: WorkerJobSummary): string {
  const took = `in ${formatDuration(summary.duration_ms)} (${summary.records_per_second}/s)`;
  const counts = [
    `${formatCount(summary.completed)} completed`,
    `${formatCount(summary.failed)} failed`,
  ];
  const hints: string[] = [];
  if (processing === "distributed") {
    if (summary.lost > 0) {
      counts.push(`${formatCount(summary.lost)} lost to another claim`);
      hints.push("Lost records were taken back and belong to another worker; see: queue status");
    }
    if (summary.failed > 0) {
      hints.push(`Reasons: queue failed --flow ${shellQuote(summary.flow_name)}`);
    }
    if (summary.claimed === 0 && summary.batches === 0) {
      return `${summary.flow_name}: nothing to claim`;
    }
    if (summary.claimed === 0) {
      return `${summary.flow_name}: nothing done, all that was claimed is given back`;
    }
    const batches = countOf(summary.batches, "batch", "batches");
    const first = `${summary.flow_name}: ${formatCount(summary.claimed)} claimed in ${batches}, ` +
      `${counts.join(", ")} ${took}`;
    return [first, ...hints].join("\n");
  }
  if (summary.skipped > 0) counts.push(`${formatCount(summary.skipped)} done before`);
  if (summary.rejected > 0) {
    counts.push(`${formatCount(summary.rejected)} rejected`);
    hints.push("Mend the rejected ones and run it again; those that are done are skipped");
  }
  if (summary.failed > 0) hints.push("Run it again to try the failed ones; the others are skipped");
  return [`${summary.flow_name}, without the queue: ${counts.join(", ")} ${took}`, ...hints]
    .join("\n");
}

/** Says what a worker leaves behind that is stopped at once; undefined when that is nothing. */
export function leftBehindText(processor: DistributedProcessor, flow: string): string | undefined {
  const inHand = processor.recordsInHand.length;
  const unanswered = processor.unansweredClaims(flow);
  const left: string[] = [];
  if (inHand > 0) left.push(countOf(inHand, "record stays", "records stay"));
  if (unanswered > 0) {
    const claims = countOf(
      unanswered,
      "claim that was not answered",
      "claims that were not answered",
    );
    left.push(`what ${claims} may have got stays`);
  }
  if (left.length === 0) return undefined;
  return `${left.join(", and ")} in processing until: queue cleanup --timeout-hours 0`;
}

/** Whether every record that a job had was completed. */
export function isFlawless({ processing, summary }: WorkerJobSummary): boolean {
  const troubles = processing === "distributed" ? summary.lost : summary.rejected;
  return summary.failed === 0 && troubles === 0;
}
