/** Processing one record with retries, and saying what became of it. */

import { delay, getLogger, ValidationError, withLogContext } from "../core/mod.ts";
import type { DistributedProcessor } from "./distributed_processor.ts";
import type { ClaimedRecord } from "./queue_record.ts";
import { HandlerBrokenError, type RecordHandler, RecordTimeoutError } from "./record_handler.ts";
import { StoredResult } from "./stored_result.ts";

/** What became of a record (reference: queue, `process_record_with_status`). */
export interface ProcessedRecord {
  /** The record. */
  record_id: number;
  /** What became of it. */
  status: "completed" | "failed";
  /** What the handler gave; null when it failed. */
  result: unknown;
  /** Why it failed; null when it did not. */
  error: string | null;
  /** How often the handler was called. */
  attempts: number;
  /** How long it took, waits included. */
  duration_ms: number;
}

/** How to process a record. */
export interface ProcessRecordOptions {
  /** How often to try again in this process. Defaults to 2. */
  retries?: number;
  /** The wait between two tries, in milliseconds. Defaults to 30000. */
  retryDelayMs?: number;
  /** The longest that one try may take, in milliseconds. Defaults to no limit. */
  timeoutMs?: number;
  /** Ends the waits and tells the handler to stop. */
  signal?: AbortSignal;
  /** Also stores what became of the record, under its claim. */
  processor?: DistributedProcessor;
}

const logger = getLogger("queue");

/**
 * Runs the handler on a record, again after a wait when it throws, and gives what became of it. A
 * result that JSON cannot hold, and a try that took too long, are not tried again.
 *
 * With `processor`, the record is also completed or failed in the queue.
 *
 * @throws HandlerBrokenError when the handler cannot work at all; StaleClaimError with `processor`,
 * when another claim holds the record by now.
 */
export async function processRecordWithStatus(
  record: ClaimedRecord,
  handler: RecordHandler,
  options: ProcessRecordOptions = {},
): Promise<ProcessedRecord> {
  const { stored: _, ...outcome } = await processRecord(record, handler, options);
  return outcome;
}

/** What became of a record, with its result as it is to be stored. */
export interface RecordOutcome extends ProcessedRecord {
  /** The result as it was when the handler gave it; undefined when it failed. */
  stored?: StoredResult;
}

/** As {@link processRecordWithStatus}, for callers that store the result later. */
export async function processRecord(
  record: ClaimedRecord,
  handler: RecordHandler,
  options: ProcessRecordOptions = {},
): Promise<RecordOutcome> {
  const { retries = 2, retryDelayMs = 30_000, processor, signal } = options;
  const claim = { flow_instance_id: record.flow_instance_id };
  const startedAt = performance.now();
  for (let attempts = 1;; attempts++) {
    const tried = await tryOnce(record, handler, record.retry_count + attempts, options);
    const durationMs = () => Math.round(performance.now() - startedAt);
    if ("result" in tried) {
      // Outside of the handler's own tries: a lost connection must not run the handler again.
      const { result, stored } = tried;
      await processor?.markRecordCompleted(record.id, stored, claim);
      return outcome(record.id, {
        status: "completed",
        result,
        stored,
        attempts,
        duration_ms: durationMs(),
      });
    }
    const isLast = tried.isFinal || attempts > retries;
    if (isLast || !(await waitToTryAgain(record.id, attempts, retryDelayMs, signal))) {
      const error = failureText(tried.failure);
      await processor?.markRecordFailed(record.id, error, claim);
      return outcome(record.id, { status: "failed", error, attempts, duration_ms: durationMs() });
    }
  }
}

async function waitToTryAgain(
  recordId: number,
  attempts: number,
  retryDelayMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  logger.info("Trying the record again", { record_id: recordId, attempts });
  try {
    await delay(retryDelayMs, signal ? { signal } : {});
    return true;
  } catch {
    return false;
  }
}

type Tried = { result: unknown; stored: StoredResult } | { failure: unknown; isFinal: boolean };

async function tryOnce(
  record: ClaimedRecord,
  handler: RecordHandler,
  attempt: number,
  options: ProcessRecordOptions,
): Promise<Tried> {
  try {
    const result = (await callHandler(record, handler, attempt, options)) ?? null;
    return { result, stored: new StoredResult(result, record.id) };
  } catch (failure) {
    if (failure instanceof HandlerBrokenError) throw failure;
    const isFinal = failure instanceof ValidationError || failure instanceof RecordTimeoutError;
    return { failure, isFinal };
  }
}

async function callHandler(
  record: ClaimedRecord,
  handler: RecordHandler,
  attempt: number,
  { timeoutMs, signal }: ProcessRecordOptions,
): Promise<unknown> {
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  if (signal?.aborted) forward();
  signal?.addEventListener("abort", forward, { once: true });
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  tooLate.catch(() => {});
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
    const error = new RecordTimeoutError(`It took longer than ${timeoutMs} ms`);
    controller.abort(error);
    reject(error);
  }, Math.min(timeoutMs, 2 ** 31 - 1));
  try {
    const context = { signal: controller.signal, log: logger, attempt };
    const work = withLogContext(
      { record_id: record.id },
      async () => await handler(record, context),
    );
    return timeoutMs === undefined ? await work : await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", forward);
  }
}

function failureText(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === "string" ? error : Deno.inspect(error);
}

function outcome(
  recordId: number,
  fields: Partial<RecordOutcome> & Pick<RecordOutcome, "status" | "attempts" | "duration_ms">,
): RecordOutcome {
  return { record_id: recordId, result: null, error: null, ...fields };
}
