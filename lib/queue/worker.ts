/** The worker: claims batches of a flow and processes them, once, until empty, or until stopped. */

import { getLogger, retryWithBackoff } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { type BatchCounts, type BatchRunOptions, runBatch } from "./batch_run.ts";
import type { CompletedWork, DistributedProcessor } from "./distributed_processor.ts";
import type { BatchOutcome } from "./end_claims.ts";
import { reportLost } from "./lost_records.ts";
import type { RetryPolicy } from "./finish_records.ts";
import { orStopped } from "./or_stopped.ts";
import { type OrphanCareOptions, startOrphanCare } from "./orphan_care.ts";
import { createPace } from "./pace.ts";
import { checkBatchSize, checkFlowName, checkWhole } from "./queue_checks.ts";
import type { ClaimedRecord } from "./queue_record.ts";
import type { RecordHandler } from "./record_handler.ts";
import { traceClaim, traceEnd } from "./telemetry.ts";
import { openWorkBell } from "./wait_for_work.ts";

/** When a worker ends: after one batch, when nothing can be claimed, or when it is stopped. */
export type WorkerMode = "once" | "drain" | "watch";

/** How a worker works. */
export interface WorkerOptions {
  /** Processes one record. */
  handler: RecordHandler;
  /** Defaults to `once`. */
  mode?: WorkerMode;
  /** Records claimed at a time, 1 to 10000. Defaults to 100. */
  batchSize?: number;
  /** Records processed at once. Defaults to 1. */
  concurrency?: number;
  /** Records in all; without it, no limit. */
  limit?: number;
  /** Records started a second; without it, no limit. */
  ratePerSecond?: number;
  /** Sends failed records back to the queue; without it, they stay failed. */
  retry?: RetryPolicy;
  /** The longest that a record may take, in milliseconds; without it, no limit. */
  recordTimeoutMs?: number;
  /**
   * How often records in hand show a sign of life, in milliseconds. Defaults to 60000, or to a
   * quarter of the orphan care's timeout where that is less.
   */
  heartbeatMs?: number;
  /** How often `watch` looks for records whose time has come, in milliseconds. Defaults to 1000. */
  pollMs?: number;
  /** How long a stop waits for records in hand, in milliseconds; without it, till they are done. */
  graceMs?: number;
  /**
   * In `watch`, takes orphans back on a schedule; without it, that is left to others. The timeout
   * counts in every mode, as another worker may be the one that looks.
   */
  orphanCare?: OrphanCareOptions;
  /** Aborted to drain: no new record is started, those in hand are finished, the rest given back. */
  signal?: AbortSignal;
  /** Hears of every record that is done. */
  onRecord?: () => void;
  /** Hears that the database is away and when it is tried again. */
  onTrouble?: (error: Error, delayMs: number) => void;
}

/** What a worker did. */
export interface WorkerSummary {
  /** The flow. */
  flow_name: string;
  /** Records claimed, those given back when it was stopped not counted. */
  claimed: number;
  /** Records that were completed. */
  completed: number;
  /** Records that failed, those that go back to the queue included. */
  failed: number;
  /** Records that another claim held by the time they were done. */
  lost: number;
  /** Claims that got records. */
  batches: number;
  /** How long it all took. */
  duration_ms: number;
  /** Completed and failed records a second. */
  records_per_second: number;
}

const logger = getLogger("queue");

/**
 * Works on a flow and gives what it did.
 *
 * A lost database is tried again with growing waits, for about ten minutes; what was done in the
 * meantime is stored then. The first claim is not tried again: a database that is down at the start
 * is the caller's to hear of.
 *
 * @throws DatabaseConnectionError at the start, or when the database stays away; HandlerBrokenError;
 * ValidationError for options out of range.
 */
export async function runWorker(
  processor: DistributedProcessor,
  database: DatabaseManager,
  flowName: string,
  options: WorkerOptions,
): Promise<WorkerSummary> {
  const { mode = "once", batchSize = 100, limit = Infinity } = options;
  checkOptions(flowName, options);
  const signal = options.signal ?? new AbortController().signal;
  const startedAt = performance.now();
  const counts: BatchCounts = { completed: 0, failed: 0, lost: 0, released: 0 };
  let claimed = 0;
  let batches = 0;
  let isFirst = true;

  const batchOptions = toBatchOptions(options, signal);
  let isThorough = true;
  let unstored: CompletedWork[] = [];
  const settle = ({ ids, lost }: BatchOutcome) => {
    counts.completed += ids.length;
    counts.lost += lost.length;
    reportLost(flowName, lost);
    unstored = [];
  };
  const claim = (count: number) =>
    traceClaim(flowName, async () => {
      const how = { thorough: isThorough };
      if (unstored.length === 0) return await processor.claimRecordsBatch(flowName, count, how);
      let records: ClaimedRecord[] = [];
      settle(
        await traceEnd(flowName, "complete", unstored.length, async () => {
          const next = await processor.completeAndClaimBatch(unstored, flowName, count, how);
          records = next.records;
          return next;
        }),
      );
      return records;
    });
  const claimAgain = persistently(claim, options, signal);
  await using _unanswered = {
    [Symbol.asyncDispose]: () => giveBackUnanswered(processor, flowName),
  };
  await using _care = mode === "watch" && options.orphanCare
    ? startOrphanCare(database, options.orphanCare)
    : undefined;
  await using bell = mode === "watch" ? await openWorkBell(database, flowName) : undefined;

  while (!signal.aborted && claimed < limit) {
    bell?.clear();
    const wanted = Math.min(batchSize, limit - claimed, claimCap(options.ratePerSecond));
    const records = isFirst ? await claim(wanted) : await orStopped(claimAgain(wanted), signal);
    if (records === undefined) break;
    isFirst = false;
    if (records.length > 0) {
      batches++;
      claimed += records.length;
      const handsOver = mode !== "once" && claimed < limit;
      const done = await runBatch(processor, records, { ...batchOptions, handsOver });
      for (const key of ["completed", "failed", "lost", "released"] as const) {
        counts[key] += done.counts[key];
      }
      unstored = done.completions;
    }
    if (mode === "once" || (mode === "drain" && records.length === 0)) break;
    // Looking by the clock must stay cheap; what the bell announced is looked for everywhere.
    if (bell && records.length === 0) isThorough = await bell.wait(options.pollMs ?? 1000, signal);
  }
  if (unstored.length > 0) {
    settle(await batchOptions.persist(() => processor.markRecordsCompleted(unstored)));
  }
  const duration_ms = Math.round(performance.now() - startedAt);
  const done = counts.completed + counts.failed;
  return {
    flow_name: flowName,
    claimed: claimed - counts.released,
    completed: counts.completed,
    failed: counts.failed,
    lost: counts.lost,
    batches,
    duration_ms,
    records_per_second: duration_ms === 0 ? 0 : Math.round((done / duration_ms) * 10_000) / 10,
  };
}

function checkOptions(flowName: string, options: WorkerOptions): void {
  checkFlowName(flowName);
  checkBatchSize(options.batchSize ?? 100);
  checkWhole("process records", "concurrency", options.concurrency ?? 1, 1, 1000);
  if (options.limit !== undefined) checkWhole("process records", "limit", options.limit, 1);
}

function toBatchOptions(options: WorkerOptions, signal: AbortSignal): BatchRunOptions {
  const { handler, concurrency = 1, orphanCare, retry, recordTimeoutMs, graceMs } = options;
  // Silence for the timeout is death to whoever cares for orphans: be heard well before.
  const ownHeartbeatMs = Math.min(60_000, (orphanCare?.timeoutMs ?? Infinity) / 4);
  const persist = <T>(operation: () => Promise<T>) => persistently(operation, options)();
  return {
    handler,
    concurrency,
    heartbeatMs: options.heartbeatMs ?? ownHeartbeatMs,
    signal,
    pace: createPace(options.ratePerSecond),
    persist,
    ...(retry === undefined ? {} : { retry }),
    ...(recordTimeoutMs === undefined ? {} : { recordTimeoutMs }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(options.onRecord === undefined ? {} : { onRecord: options.onRecord }),
  };
}

/** At a slow rate a whole batch would wait in hand for long: take about five seconds' worth. */
function claimCap(ratePerSecond: number | undefined): number {
  return ratePerSecond === undefined ? Infinity : Math.max(1, Math.ceil(ratePerSecond * 5));
}

/** What claims got whose answers were lost on the way must not wait for the cleanup. */
async function giveBackUnanswered(
  processor: DistributedProcessor,
  flowName: string,
): Promise<void> {
  if (processor.unansweredClaims(flowName) === 0) return;
  const release = () => processor.releaseUnanswered(flowName);
  try {
    await retryWithBackoff({ maxRetries: 3, initialDelayMs: 250 })(release)();
  } catch (error) {
    logger.warning(
      "Claims were not answered and may hold records, in processing until: queue cleanup",
      { flow_name: flowName, claims: processor.unansweredClaims(flowName), error },
    );
  }
}

function persistently<A extends unknown[], R>(
  operation: (...args: A) => Promise<R>,
  options: WorkerOptions,
  signal?: AbortSignal,
): (...args: A) => Promise<R> {
  return retryWithBackoff({
    maxRetries: 45,
    initialDelayMs: 500,
    maxDelayMs: 15_000,
    ...(signal === undefined ? {} : { signal }),
    onRetry: ({ error, delayMs }) => {
      const cause = error instanceof Error ? error : new Error(String(error));
      logger.info("Trying the database again", { error: cause, delay_ms: delayMs });
      options.onTrouble?.(cause, delayMs);
    },
  })(operation);
}
