/** Processing one claimed batch: so many at once, results stored as they come, leases kept alive. */

import { getLogger } from "../core/mod.ts";
import type { CompletedWork, DistributedProcessor } from "./distributed_processor.ts";
import type { BatchOutcome } from "./end_claims.ts";
import type { RecordFailure, RetryPolicy } from "./finish_records.ts";
import { waitForGrace } from "./grace_time.ts";
import { beat } from "./heartbeats.ts";
import { reportLost } from "./lost_records.ts";
import type { Pace } from "./pace.ts";
import { processRecord } from "./process_record.ts";
import type { ClaimedRecord } from "./queue_record.ts";
import type { RecordHandler } from "./record_handler.ts";
import { traceEnd, traceHandler } from "./telemetry.ts";

/** What became of a batch. */
export interface BatchCounts {
  /** Were completed. */
  completed: number;
  /** Failed, those that go back to the queue included. */
  failed: number;
  /** Belonged to another claim by the time they were done. */
  lost: number;
  /** Were given back untouched. */
  released: number;
}

/** How to process a batch. */
export interface BatchRunOptions {
  handler: RecordHandler;
  /** Records at once. */
  concurrency: number;
  /** Aborted to start no more records; those not started are given back. */
  signal: AbortSignal;
  /** The start of each record waits for it. */
  pace: Pace;
  /** Sends failed records back to the queue. */
  retry?: RetryPolicy;
  /** The longest that a record may take, in milliseconds. */
  recordTimeoutMs?: number;
  /** How often records in hand show a sign of life, in milliseconds. */
  heartbeatMs: number;
  /** Repeats an operation on the queue that is safe to repeat until it works. */
  persist: <T>(operation: () => Promise<T>) => Promise<T>;
  /** Hears of each record that is done. */
  onRecord?: () => void;
  /** How long a stop waits for records in hand, in milliseconds; then they are given back. */
  graceMs?: number;
  /** Leave the last completions to the caller, who stores them together with its next claim. */
  handsOver?: boolean;
}

/** What a batch came to, and what is left to store. */
export interface BatchResult {
  /** What became of the records that are stored. */
  counts: BatchCounts;
  /** Completions that are not stored yet; empty unless the batch hands over. */
  completions: CompletedWork[];
}

/** Finished records are stored at the latest this long after they were done. */
const flushMs = 250;

const logger = getLogger("queue");

/**
 * Processes the records and stores what became of them.
 *
 * @throws HandlerBrokenError when the handler cannot work; its records are given back. Whatever
 * `persist` throws.
 */
export async function runBatch(
  processor: DistributedProcessor,
  records: readonly ClaimedRecord[],
  options: BatchRunOptions,
): Promise<BatchResult> {
  const counts: BatchCounts = { completed: 0, failed: 0, lost: 0, released: 0 };
  const flowName = records[0]?.flow_name ?? "";
  const waiting = [...records].reverse();
  const started = new Map<ClaimedRecord, AbortController>();
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  let completed: CompletedWork[] = [];
  let failures: RecordFailure[] = [];
  let flushedAt = performance.now();
  let flushing: Promise<void> = Promise.resolve();
  let flushTimer: ReturnType<typeof setTimeout> | undefined;

  const flush = (): Promise<void> => {
    const [works, fails] = [completed, failures];
    [completed, failures] = [[], []];
    flushedAt = performance.now();
    clearTimeout(flushTimer);
    flushTimer = undefined;
    flushing = flushing.then(async () => {
      const done = await store(
        works,
        (w) => traceEnd(flowName, "complete", w.length, () => processor.markRecordsCompleted(w)),
      );
      counts.completed += done.ids.length;
      counts.lost += done.lost.length;
      const retry = options.retry === undefined ? {} : { retry: options.retry };
      const failed = await store(
        fails,
        (f) => traceEnd(flowName, "fail", f.length, () => processor.markRecordsFailed(f, retry)),
      );
      counts.failed += failed.ids.length;
      counts.lost += failed.lost.length;
      reportLost(flowName, [...done.lost, ...failed.lost]);
    });
    return flushing;
  };
  // A record that takes long must not hold back those that are done.
  const flushSoon = () => {
    flushTimer ??= setTimeout(() => flush().catch((error) => broken.abort(error)), flushMs);
  };
  const store = async <T>(items: T[], mark: (items: T[]) => Promise<BatchOutcome>) =>
    items.length === 0 ? { ids: [], lost: [] } : await options.persist(() => mark(items));

  let isGraceOver = false;
  const grace = waitForGrace(options.signal, options.graceMs);

  const lane = async (): Promise<void> => {
    while (!signal.aborted) {
      const isPaced = await options.pace.next(signal).then(() => true, () => false);
      const record = isPaced ? waiting.pop() : undefined;
      if (record === undefined) return;
      const controller = new AbortController();
      started.set(record, controller);
      const done = await traceHandler(
        record,
        () =>
          processRecord(record, options.handler, {
            retries: 0,
            signal: controller.signal,
            ...(options.recordTimeoutMs === undefined
              ? {}
              : { timeoutMs: options.recordTimeoutMs }),
          }),
      );
      // Given back in the meantime: what it came to is nobody's any more.
      if (isGraceOver) return;
      started.delete(record);
      const held = { id: record.id, flow_instance_id: record.flow_instance_id };
      if (done.error === null) completed.push({ ...held, result: done.stored });
      else failures.push({ ...held, error: done.error });
      options.onRecord?.();
      if (performance.now() - flushedAt >= flushMs) await flush();
      else flushSoon();
    }
  };
  const guardedLane = () =>
    lane().catch((error) => {
      broken.abort(error);
      throw error;
    });

  const heart = beat(processor, options.heartbeatMs, {
    inHand: () => [...waiting, ...started.keys()],
    onLost(id) {
      for (const [record, controller] of started) {
        if (record.id === id) controller.abort(new Error("The record's claim was lost"));
      }
      const at = waiting.findIndex((record) => record.id === id);
      if (at === -1) return;
      waiting.splice(at, 1);
      counts.lost++;
      reportLost(flowName, [id]);
    },
  });
  let outcomes: PromiseSettledResult<void>[];
  let completions: CompletedWork[] = [];
  try {
    const lanes = Math.min(options.concurrency, records.length);
    const work = Promise.allSettled(Array.from({ length: lanes }, guardedLane));
    outcomes = await Promise.race([work, grace.over]);
    isGraceOver = grace.isOver();
    if (isGraceOver) stopStarted(started);
    clearTimeout(flushTimer);
    const handsOver = options.handsOver && !signal.aborted && failures.length === 0;
    if (handsOver) [completions, completed] = [completed, []];
    await flush();
  } finally {
    clearTimeout(flushTimer);
    grace.cancel();
    await heart.stop();
  }
  // Not started, or in the hands of a handler that cannot work.
  const untouched = [...waiting, ...started.keys()];
  if (untouched.length > 0) {
    const { ids, lost } = await options.persist(() => processor.releaseRecords(untouched));
    counts.released += ids.length;
    counts.lost += lost.length;
  }
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return { counts, completions };
}

function stopStarted(started: ReadonlyMap<ClaimedRecord, AbortController>): void {
  for (const [record, controller] of started) {
    controller.abort(new Error("The worker's time to leave is over"));
    logger.warning("The worker had to leave; the record is given back, its handler not finished", {
      record_id: record.id,
    });
  }
}
