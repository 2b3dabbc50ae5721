/** What to do after a request was sent once: take the answer, try again, or give up. */

import {
  backoffDelayMs,
  ErrorCategory,
  ExitCode,
  NetworkError,
  OpsdeckError,
  RateLimitError,
  ValidationError,
} from "../../core/mod.ts";
import type { JiraAnswer } from "../client/jira_client.ts";
import { isRead, type JiraRequest } from "../client/jira_request.ts";
import { wasNotProcessed } from "../client/transport_error.ts";
import type { BatchOutcome } from "./batch_result.ts";

/** What came of sending a request once. */
export type Attempt = { answer: JiraAnswer } | { error: OpsdeckError };

/** What follows. */
export type Verdict =
  | {
    /** It is over. */
    kind: "settled";
    /** How it ended. */
    outcome: BatchOutcome;
    /** Why it did not succeed. */
    failure?: OpsdeckError;
  }
  | {
    /** It is sent again. */
    kind: "retry";
    /** After how long, in milliseconds; the rate gate may hold it back for longer. */
    delayMs: number;
    /** What it fails with if it is not sent again after all. */
    failure: OpsdeckError;
    /** Whether it was refused by a limit, which does not count as a try. */
    isLimited: boolean;
  };

/** What {@link judgeAttempt} needs to know beside the attempt. */
export interface AttemptHistory {
  /** The request. */
  request: JiraRequest;
  /** How many tries have failed so far, this one included and those left out that a limit refused. */
  failures: number;
  /** How many retries there may be. */
  maxRetries: number;
}

const backoff = { initialDelayMs: 500, maxDelayMs: 10_000, jitter: 0.5 };
const transientStatuses = new Set([408, 500, 502, 503, 504]);

/**
 * Judges an attempt.
 *
 * A request that only reads is sent again after a lost connection, a timeout and 5xx. A write (PUT
 * and DELETE too, since somebody else may have changed the issue in between) is sent again only when
 * it certainly was not done: Jira was not reached, or answered 429. A lost answer and 5xx leave a
 * write `uncertain`.
 */
export function judgeAttempt(attempt: Attempt, history: AttemptHistory): Verdict {
  return "answer" in attempt
    ? judgeAnswer(attempt.answer, history)
    : judgeError(attempt.error, history);
}

function judgeAnswer(answer: JiraAnswer, history: AttemptHistory): Verdict {
  const { request } = history;
  const { status } = answer;
  if (answer.ok) return { kind: "settled", outcome: "succeeded" };
  const failure = statusError(request, answer);
  if (status === 429) return { kind: "retry", delayMs: 0, failure, isLimited: true };
  if (isRead(request) && transientStatuses.has(status)) return retryOrFail(failure, history);
  const isUncertain = !isRead(request) && status >= 500;
  return { kind: "settled", outcome: isUncertain ? "uncertain" : "failed", failure };
}

function judgeError(error: OpsdeckError, history: AttemptHistory): Verdict {
  const isSafe = isRead(history.request) || wasNotProcessed(error);
  if (!isSafe) return { kind: "settled", outcome: "uncertain", failure: error };
  if (!error.retryable) return { kind: "settled", outcome: "failed", failure: error };
  return retryOrFail(error, history);
}

function retryOrFail(failure: OpsdeckError, { failures, maxRetries }: AttemptHistory): Verdict {
  if (failures > maxRetries) return { kind: "settled", outcome: "failed", failure };
  const delayMs = backoffDelayMs(failures, backoff);
  return { kind: "retry", delayMs, failure, isLimited: false };
}

function statusError(
  { method, endpoint }: JiraRequest,
  { status, error, advice }: JiraAnswer,
): OpsdeckError {
  const message = `Cannot ${method} ${endpoint} as Jira answered ${error}`;
  const context = { method, endpoint, status };
  if (status === 429) {
    const { retryAfterMs } = advice;
    return new RateLimitError(message, {
      exitCode: ExitCode.network,
      context,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (status === 403) {
    const code = "JIRA_FORBIDDEN";
    return new OpsdeckError(message, { code, category: ErrorCategory.PERMISSION, context });
  }
  if (status >= 500) {
    // A gateway that does not get through to Jira, other than Jira's own error.
    const exitCode = status === 500 ? ExitCode.failure : ExitCode.network;
    return new NetworkError(message, { code: "JIRA_STATUS", exitCode, context });
  }
  return new ValidationError(message, { code: "JIRA_STATUS", context });
}
