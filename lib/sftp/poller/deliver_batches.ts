/** Delivering what is claimed: fewest failures first, and not for ever to a receiver that is away. */

import { errorReason, getLogger, OpsdeckError, redact, retryWithBackoff } from "../../core/mod.ts";
import { type Deliver, isRefusal, toFileBatch } from "./file_batch.ts";
import type { PollerLedger } from "./poller_ledger.ts";
import type { Batch } from "./poller_state.ts";

/** How {@link deliverBatches} delivers. */
export interface DeliveryOptions {
  /** Delivers one batch. */
  deliver: Deliver;
  /** Only batches that were made for it. */
  target: string;
  /** How many attempts may follow the first one of a batch. */
  maxRetries: number;
  /** The wait before the first retry, in milliseconds; it doubles each time. */
  retryDelayMs: number;
  /** The longest wait, in milliseconds. */
  maxRetryDelayMs: number;
  /** Hears why a batch is to be sent again by a later pass. */
  onDeferred: (error: unknown) => void;
  /** Stops: the attempt under way is finished, no other follows. */
  signal?: AbortSignal | undefined;
}

/** How many files went where. */
export interface DeliveryCounts {
  /** Files for which an attempt was made. */
  sent: number;
  /** Files that the receiver has now. */
  acknowledged: number;
  /** Files that the receiver refused. */
  failed: number;
}

/** After so many batches in a row that could not be delivered, the receiver is taken to be away. */
const mostFailuresInARow = 3;

const log = getLogger("sftp");

/**
 * Delivers all batches that wait for this target. After one that could not be delivered in spite of
 * retries, the others get one attempt each.
 *
 * @throws the error of a delivery that neither a retry nor a person at the receiver's can mend.
 */
export async function deliverBatches(
  ledger: PollerLedger,
  options: DeliveryOptions,
  counts: DeliveryCounts,
): Promise<void> {
  let failuresInARow = 0;
  for (const batch of waitingBatches(ledger, options.target)) {
    if (options.signal?.aborted || failuresInARow === mostFailuresInARow) return;
    const maxRetries = failuresInARow === 0 ? options.maxRetries : 0;
    const isDelivered = await deliverBatch(ledger, batch, { ...options, maxRetries }, counts);
    failuresInARow = isDelivered ? 0 : failuresInARow + 1;
  }
}

/** Fewest failures first: a message that its receiver chokes on must not keep the others back. */
function waitingBatches(ledger: PollerLedger, target: string): Batch[] {
  return ledger.state.batches.values()
    .filter((batch) => batch.stage === "waiting" && batch.target === target)
    .toArray()
    .sort((a, b) => a.failures - b.failures);
}

/** Gives false when the receiver could not be reached. */
async function deliverBatch(
  ledger: PollerLedger,
  batch: Batch,
  options: DeliveryOptions,
  counts: DeliveryCounts,
): Promise<boolean> {
  const { deliver, signal, maxRetries, retryDelayMs, maxRetryDelayMs } = options;
  const attempt = retryWithBackoff({
    maxRetries,
    initialDelayMs: retryDelayMs,
    maxDelayMs: maxRetryDelayMs,
    jitter: 0.2,
    signal,
    onRetry: ({ error, delayMs }) =>
      log.warning("A batch could not be delivered, trying again in {delay_ms} ms", {
        batch_id: batch.id,
        delay_ms: Math.round(delayMs),
        reason: redact(errorReason(error)),
      }),
  })(async () => {
    const message = toFileBatch(batch);
    if (!batch.mayHaveArrived) await ledger.record({ type: "sent", batch: batch.id });
    await deliver(message, signal === undefined ? {} : { signal });
  });

  counts.sent += batch.claims.length;
  try {
    await attempt();
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return false; // in the wait for a retry
    const reason = redact(errorReason(error));
    const isFinal = isRefusal(error);
    await ledger.record({ type: isFinal ? "failed" : "deferred", batch: batch.id, reason });
    log.error(isFinal ? "A batch was refused for good" : "A batch could not be delivered for now", {
      batch_id: batch.id,
      files: batch.claims.length,
      reason,
    });
    if (isFinal) {
      counts.failed += batch.claims.length;
      return true;
    }
    options.onDeferred(error);
    if (signal?.aborted || (error instanceof OpsdeckError && error.retryable)) return false;
    throw error;
  }
  await ledger.record({ type: "acknowledged", batch: batch.id });
  counts.acknowledged += batch.claims.length;
  return true;
}
