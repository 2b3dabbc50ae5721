/** Trying again where nothing can be done twice by it. */

import { OpsdeckError, type RetryOptions, retryWithBackoff } from "../core/mod.ts";
import type { DatabaseDriver, DatabaseSession, TransactionOptions } from "./driver.ts";

/** How often is tried again, and who hears of it. */
export interface SafeRetryOptions extends Pick<RetryOptions, "maxRetries" | "onRetry" | "sleep"> {
  /** Cancels what runs and the waits; the call then rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** How {@link retryTransaction} works. */
export interface RetryTransactionOptions extends SafeRetryOptions, TransactionOptions {
  /**
   * Says that `work` finds out for itself, under its locks, whether an earlier attempt of it was
   * stored, and then changes nothing. Defaults to false.
   */
  isIdempotent?: boolean;
}

const waits = { initialDelayMs: 100, maxDelayMs: 5_000, jitter: 0.5 };

/**
 * Reads, and reads again when the read met another transaction (a deadlock), was throttled, ran
 * past its deadline or lost its connection: 3 times unless `maxRetries` says otherwise. Only for
 * what changes nothing.
 *
 * @throws what the last attempt threw, and the signal's reason.
 */
export async function retryRead<T>(
  read: () => Promise<T>,
  options: SafeRetryOptions = {},
): Promise<T> {
  return await retryWithBackoff({ ...waits, ...options })(read)();
}

/**
 * Runs `work` in a transaction, and again from its beginning when that met another one, was
 * throttled, or lost its connection before the commit: 3 times unless `maxRetries` says otherwise.
 * So `work` must do nothing but run statements of its session.
 *
 * When the answer to the commit itself is lost, nobody knows whether it was done, or still will be:
 * `work` runs again only with `isIdempotent`.
 *
 * @throws OpsdeckError with the code `COMMIT_UNKNOWN` when the answer to a commit was lost and no
 * later attempt could find out; otherwise what the last attempt threw.
 */
export async function retryTransaction<T>(
  database: Pick<DatabaseDriver, "transaction">,
  work: (session: DatabaseSession) => Promise<T>,
  options: RetryTransactionOptions = {},
): Promise<T> {
  const { isolation, isIdempotent = false, ...retry } = options;
  let isUnknown = false;
  const attempt = async (): Promise<T> => {
    let isCommitting = false;
    try {
      return await database.transaction(async (session) => {
        const result = await work(session);
        // By now it has found out about earlier attempts.
        isUnknown = false;
        isCommitting = true;
        return result;
      }, { signal: retry.signal, ...(isolation === undefined ? {} : { isolation }) });
    } catch (error) {
      isUnknown ||= isCommitting && isAnswerLost(error);
      throw isUnknown && !isIdempotent ? unknownError(error) : error;
    }
  };
  try {
    return await retryRead(attempt, retry);
  } catch (error) {
    throw isUnknown && isIdempotent ? unknownError(error) : error;
  }
}

/** A conflict is the server's own word, and says that it has rolled back. */
function isAnswerLost(error: unknown): boolean {
  return error instanceof OpsdeckError && error.retryable && error.code !== "DATABASE_CONFLICT";
}

function unknownError(cause: unknown): OpsdeckError {
  return new OpsdeckError(
    "Cannot tell whether the changes were stored as the connection broke while they were being " +
      "committed; look at the data before doing it again",
    {
      code: "COMMIT_UNKNOWN",
      ...(cause instanceof OpsdeckError ? { exitCode: cause.exitCode } : {}),
      cause,
    },
  );
}
