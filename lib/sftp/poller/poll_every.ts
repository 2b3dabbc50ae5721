/** Polling a project again and again. */

import { backoffDelayMs, ConfigurationError, delay, SFTPConnectionError } from "../../core/mod.ts";
import type { PassOutcome, Poller } from "./poller.ts";

/** How {@link pollEvery} polls. */
export interface PollEveryOptions {
  /** From the end of a pass to the beginning of the next one, in milliseconds. */
  intervalMs: number;
  /** Ends it: the pass under way takes no new work. */
  signal: AbortSignal;
  /**
   * Hears of every pass, but while the server is away only of the first one that failed and of
   * those that did something all the same.
   */
  onPass: (outcome: PassOutcome) => void;
  /** The wait itself, for tests. Defaults to core's `delay`. */
  sleep?: typeof delay;
}

/** A server that is back is found within 3 seconds, so that work goes on within 5. */
const awayBackoff = { initialDelayMs: 250, maxDelayMs: 2500, jitter: 0.2 };

/** A refused login that is tried too often gets the account locked. */
const longestRefusedDelayMs = 300_000;

/**
 * Polls until the signal. A server that goes away is asked again after waits of at most 2.5
 * seconds; after a refusal that only a person can mend the waits grow from the interval to 5
 * minutes.
 *
 * It ends by itself only when the very first pass fails with a ConfigurationError.
 */
export async function pollEvery(poller: Poller, options: PollEveryOptions): Promise<void> {
  const { intervalMs, signal, onPass, sleep = delay } = options;
  let refusals = 0;
  let wasAway = false;
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const outcome = await poller.pass({ signal });
    const isAway = outcome.error instanceof SFTPConnectionError;
    if (!isAway || !wasAway || outcome.report.sent > 0) onPass(outcome);
    wasAway = isAway;
    const isRefused = outcome.error instanceof ConfigurationError;
    if (isRefused && isFirst) return;
    refusals = isRefused ? refusals + 1 : 0;
    try {
      if (isAway) await waitForServer(poller, { intervalMs, signal, sleep });
      else await sleep(isRefused ? refusedDelayMs(refusals, intervalMs) : intervalMs, { signal });
    } catch (reason) {
      if (!signal.aborted) throw reason;
    }
  }
}

/** Until the server is back, but no longer than the interval: batches may go out without it. */
async function waitForServer(
  poller: Poller,
  { intervalMs, signal, sleep }: Required<Omit<PollEveryOptions, "onPass">>,
): Promise<void> {
  const endsAt = performance.now() + intervalMs;
  for (let attempt = 1;; attempt++) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0) return;
    await sleep(Math.min(leftMs, backoffDelayMs(attempt, awayBackoff)), { signal });
    if (await poller.isServerThere({ signal })) return;
  }
}

function refusedDelayMs(refusals: number, intervalMs: number): number {
  return backoffDelayMs(refusals, {
    initialDelayMs: Math.max(1000, intervalMs),
    maxDelayMs: Math.max(longestRefusedDelayMs, intervalMs),
  });
}
