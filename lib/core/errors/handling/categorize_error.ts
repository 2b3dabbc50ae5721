/** What kind of trouble an error of any origin is, and how bad. */

import { errnoMeaning, errorCodeOf } from "../errno_codes.ts";
import { errorChain, numberField, textField } from "../error_fields.ts";
import { ErrorCategory, ErrorSeverity, OpsdeckError } from "../opsdeck_error.ts";
import { permissionMissing } from "../permission_missing.ts";
import { isCertificateError } from "../drivers/tls_error_codes.ts";

/** Category and severity of an error. */
export interface ErrorClassification {
  /** What kind of trouble it is. */
  category: ErrorCategory;
  /** How bad it is. */
  severity: ErrorSeverity;
}

/**
 * Classifies an error: our own by what they say of themselves, others by their operating system
 * code, their HTTP status (`status` or `statusCode`, with the `reason` that Google's APIs add) or
 * their class, also where these are on an inner error. An abort is `INFO`: somebody asked for it.
 */
export function categorizeError(error: unknown): ErrorClassification {
  if (permissionMissing(error) !== undefined) return as(ErrorCategory.PERMISSION);
  for (const link of errorChain(error)) {
    const found = classify(link);
    if (found !== undefined) return found;
  }
  return as(ErrorCategory.SYSTEM);
}

function classify(error: unknown): ErrorClassification | undefined {
  if (error instanceof OpsdeckError) return { category: error.category, severity: error.severity };
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError") return as(ErrorCategory.SYSTEM, ErrorSeverity.INFO);
  if (name === "TimeoutError") return as(ErrorCategory.NETWORK);

  const meaning = errnoMeaning(errorCodeOf(error));
  if (meaning !== undefined) return as(meaning.category, meaning.severity);

  const status = numberField(error, "status") ?? numberField(error, "statusCode");
  if (status !== undefined && status >= 400 && status <= 599) {
    return as(statusCategory(status, textField(error, "reason")));
  }
  if (isCertificateError(error)) return as(ErrorCategory.NETWORK);
  if (error instanceof SyntaxError || error instanceof Deno.errors.InvalidData) {
    return as(ErrorCategory.VALIDATION); // what JSON.parse throws
  }
  if (error instanceof Deno.errors.UnexpectedEof) return as(ErrorCategory.NETWORK);
  // fetch() gives no code when it cannot reach the server or loses it.
  if (error instanceof TypeError && fetchFailure.test(error.message)) {
    return as(ErrorCategory.NETWORK);
  }
  return undefined;
}

const fetchFailure = /^(fetch failed|error sending request|error reading a body)/;

/** Sources: RFC 9110 §15, RFC 6585 §4; Google Drive API, "Resolve errors" (reasons of a 403). */
function statusCategory(status: number, reason: string | undefined): ErrorCategory {
  if (status === 429) return ErrorCategory.RATE_LIMIT;
  if (status === 403 && reason !== undefined) {
    if (/rateLimitExceeded$/i.test(reason)) return ErrorCategory.RATE_LIMIT;
    if (/(quota|limit)Exceeded$/i.test(reason)) return ErrorCategory.QUOTA;
  }
  if (status === 401 || status === 403 || status === 407) return ErrorCategory.PERMISSION;
  if (status === 402 || status === 507) return ErrorCategory.QUOTA;
  if (status >= 500 || status === 408 || status === 425) return ErrorCategory.NETWORK;
  return ErrorCategory.VALIDATION;
}

function as(
  category: ErrorCategory,
  severity: ErrorSeverity = ErrorSeverity.ERROR,
): ErrorClassification {
  return { category, severity };
}
