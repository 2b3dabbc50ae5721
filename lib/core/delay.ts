/** Waiting that can be cancelled, and work that must end in time. */

import { ValidationError } from "./errors/error_classes.ts";

/** The longest wait of one timer: a `setTimeout` past 2^31 - 1 ms fires at once. */
export const maxTimerMs: number = 2 ** 31 - 1;

/** How a {@link delay} can end early. */
export interface DelayOptions {
  /** Ends the wait; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Lets the process end while it waits. Defaults to false. */
  unref?: boolean;
}

/**
 * Waits.
 *
 * Rejects with the signal's reason when it is aborted, also when it was before the call, and
 * leaves neither timer nor listener behind. A wait longer than one timer can hold is made of
 * several.
 *
 * @param ms how long, in milliseconds: 0 or more, not infinite
 * @throws ValidationError when `ms` is not such a number
 */
export async function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  if (!Number.isFinite(ms) || ms < 0) {
    throw new ValidationError(`Cannot wait as the time must be 0 ms or more: it is ${ms}`);
  }
  const { signal, unref = false } = options;
  let leftMs = ms;
  while (leftMs > maxTimerMs) {
    await oneTimer(maxTimerMs, signal, unref);
    leftMs -= maxTimerMs;
  }
  await oneTimer(leftMs, signal, unref);
}

/** How {@link withDeadline} limits its work. */
export interface DeadlineOptions {
  /** How long the work may take, in milliseconds; Infinity for no limit. */
  ms: number;
  /** Ends the wait for the work; the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Makes the error that the promise rejects with when the time is over. */
  onTimeout: () => Error;
}

/**
 * Waits for work, but no longer than its deadline and not after an abort.
 *
 * Work that is a function gets a signal that is aborted at the deadline and with `signal`, and is
 * not started when `signal` is aborted already. Work that goes on nevertheless is left to itself:
 * what becomes of it is ignored. Neither timer nor listener stays behind.
 *
 * @throws ValidationError when `ms` is negative or not a number
 */
export async function withDeadline<T>(
  work: PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>),
  options: DeadlineOptions,
): Promise<T> {
  const { ms, signal, onTimeout } = options;
  const isFunction = typeof work === "function";
  if (!isFunction) ignoreFailure(work);
  if (Number.isNaN(ms) || ms < 0) {
    throw new ValidationError(`Cannot set a deadline as it must be 0 ms or more: it is ${ms}`);
  }
  signal?.throwIfAborted();

  const controller = new AbortController();
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  ignoreFailure(stopped);
  const end = (reason: unknown) => {
    stop(reason);
    controller.abort(reason);
  };
  const onAbort = () => end(signal?.reason);
  const timer = ms > maxTimerMs ? undefined : setTimeout(() => end(onTimeout()), ms);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const running = isFunction ? work(controller.signal) : work;
    ignoreFailure(running);
    return await Promise.race([running, stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function oneTimer(ms: number, signal: AbortSignal | undefined, unref: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    if (unref) Deno.unrefTimer(timer);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Work that lost the race may fail later, when nobody listens any more. */
function ignoreFailure(work: PromiseLike<unknown>): void {
  work.then(undefined, () => {});
}
