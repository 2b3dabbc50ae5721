/** What a report says of the batches that are not delivered. */

import { batchesAt, fileCount } from "./batch_list.ts";
import { toFailedBatch, toWaitingBatch } from "./batch_report.ts";
import type { PollReport } from "./poll_report.ts";
import type { Batch, PollerState } from "./poller_state.ts";

/**
 * Notes the failed batches, those of earlier passes apart, and the waiting ones; those of another
 * receiver than the target's are a problem, as they go out with no pass like this one.
 */
export function reportBatches(
  report: PollReport,
  state: PollerState,
  { target, failedBefore }: { target: string; failedBefore: readonly Batch[] },
): void {
  const failed = batchesAt(state, "failed");
  report.failed_before = fileCount(failed.filter((batch) => failedBefore.includes(batch)));
  report.failed_batches = failed.map(toFailedBatch);
  const waiting = batchesAt(state, "waiting");
  report.waiting = fileCount(waiting);
  report.waiting_batches = waiting.map(toWaitingBatch);
  const others = waiting.filter((batch) => batch.target !== target);
  for (const other of new Set(others.map((batch) => batch.target))) {
    const count = fileCount(others.filter((batch) => batch.target === other));
    report.problems.push({
      file: count === 1 ? "1 file" : `${count} files`,
      problem: otherTargetText(other),
    });
  }
}

function otherTargetText(target: string): string {
  const [, flow] = /^queue:(.*)$/s.exec(target) ?? [];
  return flow === undefined
    ? "for the API; poll without --enqueue to deliver"
    : `for the queue; poll with --enqueue ${flow} to deliver`;
}
