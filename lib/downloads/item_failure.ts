/** What the failure of one item means for it and for the others. */

import {
  categorizeError,
  ConfigurationError,
  ErrorCategory,
  errorReason,
  ErrorSeverity,
  OpsdeckError,
  permissionMissing,
} from "../core/mod.ts";

/**
 * Turns what stopped an item into the error that it is counted as failed with.
 *
 * @throws ConfigurationError, instead, when it is one, or Deno's refusal of a permission: no
 * download can do without what is missing
 */
export function itemFailure(error: unknown, url: string): OpsdeckError {
  const refused = permissionMissing(error);
  if (refused !== undefined) throw refused;
  if (error instanceof ConfigurationError) throw error;
  if (error instanceof OpsdeckError) return error;
  return new OpsdeckError(`Cannot download ${url} as ${errorReason(error)}; run this again`, {
    ...categorizeError(error),
    context: { url },
    cause: error,
  });
}

/** Tells whether the next item would meet the same: a rate limit, a quota, a full disk. */
export function concernsAllItems({ category, severity }: OpsdeckError): boolean {
  return severity === ErrorSeverity.CRITICAL || category === ErrorCategory.RATE_LIMIT ||
    category === ErrorCategory.QUOTA;
}

/** Tells whether nothing will come of what the attempt has got so far. */
export function isHopeless(error: unknown): boolean {
  return error instanceof OpsdeckError && !error.retryable && !concernsAllItems(error);
}
