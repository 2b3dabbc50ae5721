/** Trying again with growing waits (reference: requests, retry_with_backoff). */

import { backoffDelayMs, type BackoffOptions, checkBackoff, clampDelayMs } from "./backoff.ts";
import { delay } from "./delay.ts";
import { ValidationError } from "./errors/error_classes.ts";
import { numberField } from "./errors/error_fields.ts";
import { OpsdeckError } from "./errors/opsdeck_error.ts";

export { backoffDelayMs, type BackoffOptions } from "./backoff.ts";

/** A class of errors, as `instanceof` takes it. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** What is known when an attempt has failed and another will follow. */
export interface RetryNotice {
  /** What the attempt threw. */
  error: unknown;
  /** How many attempts have failed so far: 1 after the first. */
  attempt: number;
  /** How many retries there may be. */
  maxRetries: number;
  /** The wait before the next attempt, in milliseconds. */
  delayMs: number;
}

/** How {@link retryWithBackoff} retries; the defaults are the reference's. */
export interface RetryOptions extends BackoffOptions {
  /** How many attempts may follow the first: 0 or more. Defaults to 3, so 4 attempts in all. */
  maxRetries?: number;
  /**
   * The classes of errors that are retried; no other is, whatever its mark says. By default every
   * `OpsdeckError` is that is marked `retryable`, as each `RetryableError` is unless it says
   * otherwise.
   */
  exceptions?: readonly ErrorClass[];
  /** Cancels the wait; no attempt follows, and the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Called before each wait, for the log. */
  onRetry?: (notice: RetryNotice) => void;
  /** The wait itself, for tests. Defaults to {@link delay}. */
  sleep?: (ms: number, options: { signal?: AbortSignal | undefined }) => Promise<void>;
}

/** What {@link retryWithBackoff} gives: a wrapper for a function, and a method decorator. */
export type RetryWrapper = <This, Arguments extends unknown[], Result>(
  fn: (this: This, ...args: Arguments) => Result,
  context?: ClassMethodDecoratorContext,
) => (this: This, ...args: Arguments) => Promise<Awaited<Result>>;

/**
 * Makes a wrapper that calls a function again when it fails with an error worth retrying. It is
 * used on a function or, as a decorator, on an asynchronous method.
 *
 * An error that carries `retryAfterMs` sets its own wait, in place of the computed one and without
 * jitter; both are at most `maxDelayMs`. After the last attempt, its error is thrown as it is.
 *
 * ```ts ignore
 * import { retryWithBackoff } from "./retry.ts";
 *
 * class Service {
 *   @retryWithBackoff({ maxRetries: 2 })
 *   async ask(question: string): Promise<string> {
 *     return await Promise.resolve(`${question}!`);
 *   }
 * }
 * const ask = retryWithBackoff()((question: string) => new Service().ask(question));
 * await ask("ready");
 * ```
 *
 * @throws ValidationError when an option is out of its range
 */
export function retryWithBackoff(options: RetryOptions = {}): RetryWrapper {
  checkBackoff(options);
  const { maxRetries = 3, signal, sleep = delay } = options;
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0) {
    throw new ValidationError(
      `Cannot retry as maxRetries must be a whole number, 0 or more: it is ${maxRetries}`,
    );
  }

  return function <This, Arguments extends unknown[], Result>(
    fn: (this: This, ...args: Arguments) => Result,
  ) {
    return async function (this: This, ...args: Arguments): Promise<Awaited<Result>> {
      for (let attempt = 1;; attempt++) {
        signal?.throwIfAborted();
        try {
          return await fn.apply(this, args);
        } catch (error) {
          if (attempt > maxRetries || !isWorthRetrying(error, options)) throw error;
          const delayMs = delayFor(error, attempt, options);
          options.onRetry?.({ error, attempt, maxRetries, delayMs });
          await sleep(delayMs, { signal });
        }
      }
    };
  };
}

function isWorthRetrying(error: unknown, { exceptions }: RetryOptions): boolean {
  if (exceptions === undefined) return error instanceof OpsdeckError && error.retryable;
  return exceptions.some((errorClass) => error instanceof errorClass);
}

function delayFor(error: unknown, attempt: number, options: RetryOptions): number {
  const retryAfterMs = numberField(error, "retryAfterMs");
  if (retryAfterMs === undefined || retryAfterMs < 0) return backoffDelayMs(attempt, options);
  return clampDelayMs(retryAfterMs, options);
}
