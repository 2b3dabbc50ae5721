/** The error document (reference: queue, Error Response Format). */

import { redact } from "../../secret.ts";
import { errorReason } from "../error_fields.ts";
import { toJsonSafe } from "./json_safe.ts";
import { OpsdeckError } from "../opsdeck_error.ts";

/** What a failed operation returns and `--json` prints. */
export interface ErrorResponse {
  /** Always `failed`. */
  status: "failed";
  /** The message for a person, on one line, without secrets. */
  error: string;
  /** The error's class, such as `ConfigurationError`; `UnknownError` for a thrown non-error. */
  error_type: string;
  /** When it failed: ISO 8601, UTC. */
  timestamp: string;
  /** What was at hand: record, flow, file, row. */
  context: Record<string, unknown>;
}

/**
 * Makes the error document of anything that was thrown. It can always be written as JSON and
 * carries no known secret.
 *
 * @param context what was at hand; added to the context that an `OpsdeckError` carries itself, and
 *   winning over it
 * @param now the time of the failure; defaults to the present
 */
export function toErrorResponse(
  error: unknown,
  context: Record<string, unknown> = {},
  now: Date = new Date(),
): ErrorResponse {
  const own = error instanceof OpsdeckError ? error.context : {};
  const entries = Object.entries({ ...own, ...context });
  return {
    status: "failed",
    error: redact(errorReason(error)),
    error_type: error instanceof Error ? error.name : "UnknownError",
    timestamp: now.toISOString(),
    context: Object.fromEntries(entries.map(([key, value]) => [key, toJsonSafe(value)])),
  };
}
