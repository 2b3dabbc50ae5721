/** Categories, retry decisions and delays for every subject (reference: downloads, ErrorHandler). */

import { redact } from "../../secret.ts";
import { maxTimerMs } from "../../delay.ts";
import { categorizeError } from "./categorize_error.ts";
import { ErrorContext } from "./error_context.ts";
import { errorReason } from "../error_fields.ts";
import { toJsonSafe } from "./json_safe.ts";
import { ErrorCategory, ErrorSeverity, OpsdeckError } from "../opsdeck_error.ts";

/** Settings of an {@link ErrorHandler}; every one has a default. */
export interface ErrorHandlerOptions {
  /** The clock. Defaults to the system's. */
  now?: () => Date;
}

const retriedCategories: ReadonlySet<ErrorCategory> = new Set([
  ErrorCategory.NETWORK,
  ErrorCategory.RATE_LIMIT,
  ErrorCategory.FILE_IO,
  ErrorCategory.SYSTEM,
]);

/** Turns errors into {@link ErrorContext}s and says whether and when to try again. */
export class ErrorHandler {
  readonly #now: () => Date;

  /** Makes an error handler. */
  constructor(options: ErrorHandlerOptions = {}) {
    this.#now = options.now ?? (() => new Date());
  }

  /**
   * Categorizes an error and keeps what was at hand.
   *
   * `row_id`, `download_type`, `url` and `file_path` of the context, or else of the context that
   * an `OpsdeckError` carries, become fields; the rest and the cause go into `details` as JSON.
   * Known secrets are removed everywhere.
   */
  handleError(error: unknown, context: Record<string, unknown> = {}): ErrorContext {
    const own = error instanceof OpsdeckError ? error.context : {};
    const { row_id, download_type, url, file_path, ...rest } = { ...own, ...context };
    const cause = error instanceof Error ? error.cause : undefined;
    const details = cause === undefined ? rest : { ...rest, cause };
    return new ErrorContext({
      error_id: crypto.randomUUID(),
      ...categorizeError(error),
      message: redact(errorReason(error)),
      details: Object.keys(details).length === 0 ? null : JSON.stringify(toJsonSafe(details)),
      row_id: asField(row_id),
      download_type: asField(download_type),
      url: asField(url),
      file_path: asField(file_path),
      timestamp: this.#now().toISOString(),
      stack_trace: error instanceof Error && error.stack ? redact(error.stack) : null,
    });
  }

  /**
   * Tells whether to try again.
   *
   * As the reference has it, network errors and rate limits are retried; validation errors,
   * permission errors and critical system errors are not. What it leaves open: file errors and
   * other system errors are retried, an exceeded quota and corrupt data are not, and neither is
   * anything `CRITICAL`, nor an abort (`INFO`).
   *
   * @param attemptCount how many attempts have failed so far, 1 after the first
   * @param maxAttempts how many there may be in all; defaults to 3
   */
  shouldRetry(errorContext: ErrorContext, attemptCount: number, maxAttempts: number = 3): boolean {
    if (attemptCount >= maxAttempts) return false;
    if (errorContext.severity === ErrorSeverity.CRITICAL) return false;
    if (errorContext.severity === ErrorSeverity.INFO) return false;
    return retriedCategories.has(errorContext.category);
  }

  /**
   * Gives how long to wait before the next attempt, in milliseconds.
   *
   * Rate limits double from 2 s up to 60 s, network errors grow by 5 s up to 30 s, all others grow
   * by 2 s. A wait that the other side asked for (`retryAfterMs` of the error) is not in here.
   *
   * @param attemptCount how many attempts have failed so far, 1 after the first
   */
  getRetryDelay(errorContext: ErrorContext, attemptCount: number): number {
    const attempt = Math.max(1, attemptCount);
    switch (errorContext.category) {
      case ErrorCategory.RATE_LIMIT:
        return Math.min(1000 * 2 ** attempt, 60_000);
      case ErrorCategory.NETWORK:
        return Math.min(5000 * attempt, 30_000);
      default:
        return Math.min(2000 * attempt, maxTimerMs);
    }
  }
}

function asField(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return redact(errorReason(value));
}
