/** From what another program or server said to an error of ours: the form of the tables. */

import {
  ErrorCategory,
  ErrorSeverity,
  FileOperationError,
  NetworkError,
  OpsdeckError,
  type OpsdeckErrorOptions,
  RateLimitError,
  redact,
  ValidationError,
} from "../../core/mod.ts";

/** What one kind of failure means. */
export interface FailureMeaning {
  /** A stable word in capitals. */
  code: string;
  /** What kind of trouble it is. */
  category: ErrorCategory;
  /** Why the download failed, as the middle of a sentence. */
  reason: string;
  /** What to do next. */
  advice: string;
  /** Whether the same download may succeed later without anybody doing anything. */
  retryable: boolean;
  /** How long to wait at least, in milliseconds. */
  retryAfterMs?: number;
  /** `CRITICAL` when every other download will fail in the same way. Defaults to `ERROR`. */
  severity?: ErrorSeverity;
}

/** A line of a table: text that matches means this. */
export interface FailureRule extends FailureMeaning {
  /** What the text looks like. */
  pattern: RegExp;
  /** Where the text comes from. */
  source: string;
}

/** Makes a rule for what will not go away by itself. */
export function permanentRule(
  code: string,
  category: ErrorCategory,
  reason: string,
  advice: string,
  pattern: RegExp,
  source: string,
): FailureRule {
  return { code, category, reason, advice, retryable: false, pattern, source };
}

/** Makes a rule for what may be gone when the same is tried again. */
export function passingRule(...fields: Parameters<typeof permanentRule>): FailureRule {
  return { ...permanentRule(...fields), retryable: true };
}

/** What was seen when a download failed. */
export interface FailureEvidence {
  /** The address that was asked. */
  url: string;
  /** The words that were matched: one line for a person. */
  said: string;
  /** What else was said, kept for whoever has to find out more. */
  raw: string;
  /** Numbers and names beside it: exit code, HTTP status, version of the program. */
  details?: Record<string, unknown>;
  /** How long the other side asked to wait, in milliseconds; wins over the table's. */
  retryAfterMs?: number | undefined;
  /** The error underneath. */
  cause?: unknown;
}

/** How much of the raw evidence is kept. */
export const maxEvidenceCharacters = 4000;
const maxSaidCharacters = 200;

/** Makes the error for a failure: one line for a person, the raw evidence in its context. */
export function failureError(meaning: FailureMeaning, evidence: FailureEvidence): OpsdeckError {
  const { url, raw, details = {}, cause } = evidence;
  const said = shorten(oneLine(evidence.said));
  const retryAfterMs = evidence.retryAfterMs ?? meaning.retryAfterMs;
  const options: OpsdeckErrorOptions = {
    code: meaning.code,
    category: meaning.category,
    severity: meaning.severity ?? ErrorSeverity.ERROR,
    retryable: meaning.retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    context: { url, ...details, evidence: redact(clip(raw.trim(), maxEvidenceCharacters)) },
    ...(cause === undefined ? {} : { cause }),
  };
  const because = said === "" ? meaning.reason : `${meaning.reason}: ${said}`;
  const message = redact(`Cannot download ${url} as ${because}; ${meaning.advice}`);
  switch (meaning.category) {
    case ErrorCategory.NETWORK:
      return new NetworkError(message, options);
    case ErrorCategory.RATE_LIMIT:
      return new RateLimitError(message, options);
    case ErrorCategory.VALIDATION:
      return new ValidationError(message, options);
    case ErrorCategory.FILE_IO:
      return new FileOperationError(message, options);
    default:
      return new OpsdeckError(message, options);
  }
}

/** Puts a text on one line, without control characters and without a full stop at its end. */
export function oneLine(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, " ").trim().replace(/\.+$/, "");
}

function shorten(text: string): string {
  if (text.length <= maxSaidCharacters) return text;
  return `${text.slice(0, maxSaidCharacters).toWellFormed().trimEnd()} …`;
}

/** Cuts a text in its middle, where the least is told. */
function clip(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const half = Math.floor((maxCharacters - 3) / 2);
  return `${text.slice(0, half)} … ${text.slice(-half)}`.toWellFormed();
}
