/** The arithmetic of growing waits. */

import { maxTimerMs } from "./delay.ts";
import { ValidationError } from "./errors/error_classes.ts";

/** How waits grow from one attempt to the next. */
export interface BackoffOptions {
  /** The wait before the first retry, in milliseconds: 0 or more. Defaults to 1000. */
  initialDelayMs?: number;
  /** What each wait is multiplied with for the next: 1 or more. Defaults to 2. */
  backoffFactor?: number;
  /** The longest wait, in milliseconds. Defaults to 2^31 - 1, which no timer can exceed. */
  maxDelayMs?: number;
  /**
   * The part of a wait that is left to chance, from 0 to 1. With 0.5 a wait of 1000 ms becomes one
   * between 500 and 1000 ms. Defaults to 0.
   */
  jitter?: number;
  /** Chance: at least 0, below 1. Defaults to `Math.random`. */
  random?: () => number;
}

/**
 * Gives the wait before a retry in milliseconds: `initialDelayMs * backoffFactor ^ (attempt - 1)`,
 * at most `maxDelayMs`, less the jitter. Never negative and never above the cap.
 *
 * @param attempt how many attempts have failed so far: 1 before the first retry
 * @throws ValidationError when an option is out of its range
 */
export function backoffDelayMs(attempt: number, options: BackoffOptions = {}): number {
  checkBackoff(options);
  requireRange("the attempt", attempt, 1, Number.MAX_SAFE_INTEGER);
  const { initialDelayMs = 1000, backoffFactor = 2, jitter = 0, random = Math.random } = options;
  if (initialDelayMs === 0) return 0; // else 0 times an infinite power is not a number
  const capMs = clampDelayMs(Number.POSITIVE_INFINITY, options);
  const delayMs = Math.min(initialDelayMs * backoffFactor ** (attempt - 1), capMs);
  return delayMs * (1 - jitter * random());
}

/** Gives a wait no longer than `maxDelayMs` and than a timer can hold, in milliseconds. */
export function clampDelayMs(delayMs: number, options: BackoffOptions): number {
  return Math.min(delayMs, options.maxDelayMs ?? maxTimerMs, maxTimerMs);
}

/**
 * Checks the options of {@link backoffDelayMs}.
 *
 * @throws ValidationError that names the option, its value and its range
 */
export function checkBackoff(options: BackoffOptions): void {
  const { initialDelayMs, backoffFactor, maxDelayMs, jitter } = options;
  if (initialDelayMs !== undefined) requireRange("initialDelayMs", initialDelayMs, 0, maxTimerMs);
  if (backoffFactor !== undefined) requireRange("backoffFactor", backoffFactor, 1, 1000);
  if (maxDelayMs !== undefined) {
    requireRange("maxDelayMs", maxDelayMs, 0, Number.POSITIVE_INFINITY);
  }
  if (jitter !== undefined) requireRange("jitter", jitter, 0, 1);
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return; // a value that is not a number fails both
  const range = Number.isFinite(max) ? `from ${min} to ${max}` : `${min} or more`;
  throw new ValidationError(`Cannot retry as ${name} must be ${range}: it is ${value}`);
}
