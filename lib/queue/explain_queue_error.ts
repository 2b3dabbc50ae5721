/** Errors of the database, in the words of the queue. */

import { ConfigurationError, OpsdeckError } from "../core/mod.ts";

/**
 * Turns the error of a database without the queue's tables into one that says how to make them;
 * gives any other error back as it is.
 */
export function explainQueueError(error: unknown): unknown {
  if (!(error instanceof OpsdeckError) || error.code !== "SCHEMA_MISSING") return error;
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new ConfigurationError(
    `Cannot find the queue's tables as the database lacks them or has old ones: ${reason}; ` +
      "check the database name of the connection string, and make them with: queue migrate",
    { code: "SCHEMA_MISSING", context: error.context, cause: error },
  );
}
