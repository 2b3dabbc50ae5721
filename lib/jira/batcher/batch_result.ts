/** What became of a request of a batch. */

import type { OpsdeckError } from "../../core/mod.ts";

/**
 * How a request ended: `uncertain` is a write that may have been done, and `cancelled` is one that
 * was never sent.
 */
export type BatchOutcome = "succeeded" | "failed" | "uncertain" | "cancelled";

/** What became of one request (reference: jira, BatchResult). */
export interface BatchResult {
  /** Whether Jira answered with a status of 2xx. */
  success: boolean;
  /** The answer's JSON when it succeeded and has any, else null. */
  data: unknown;
  /** Why it did not succeed, on one line, else null. */
  error: string | null;
  /** From the first sending to the last answer, waits between included, in milliseconds. */
  duration_ms: number;
  /** The HTTP status of the last answer; null when none came. */
  status: number | null;
  /** How often it was sent. */
  attempts: number;
  /** How it ended. */
  outcome: BatchOutcome;
}

/** A result with the error behind it, whose exit code a script may take. */
export interface SettledRequest {
  /** What became of it. */
  result: BatchResult;
  /** Why it did not succeed; undefined when it did. */
  failure?: OpsdeckError;
}
