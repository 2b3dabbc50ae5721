/** Deadlines of queries. */

import { OpsdeckError, ValidationError } from "../core/mod.ts";

/** The longest wait that a timer can do; a longer one fires at once. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Makes the error of a query whose deadline passed. */
export function deadlineError(timeoutMs: number, cause?: unknown): OpsdeckError {
  return new OpsdeckError(
    `Cannot finish the database query as it ran past its deadline of ${timeoutMs} ms; ` +
      "look for locks and missing indexes, or ask for less at once",
    { code: "DATABASE_TIMEOUT", retryable: true, context: { timeoutMs }, cause },
  );
}

/** Makes the error of a query that found all connections in use until its deadline. */
export function noConnectionFreeError(timeoutMs: number, maxConnections: number): OpsdeckError {
  return new OpsdeckError(
    `Cannot run the database query as none of the ${maxConnections} connections became free ` +
      `before its deadline of ${timeoutMs} ms; run less at once, or look for long transactions`,
    { code: "DATABASE_TIMEOUT", retryable: true, context: { timeoutMs, maxConnections } },
  );
}

/**
 * Checks a deadline.
 *
 * @throws ValidationError when a timer cannot keep it.
 */
export function checkTimeout(timeoutMs: number): void {
  if (timeoutMs > 0 && timeoutMs <= maxTimeoutMs) return;
  throw new ValidationError(
    `Cannot run the query as timeoutMs must be above 0 and at most ${maxTimeoutMs}: ` +
      `it is ${timeoutMs}`,
  );
}
