/** The database of the requests, as the scripts open it. */

import { formatDuration, singleLine } from "../core/command_line/mod.ts";
import {
  ConfigManager,
  ConfigurationError,
  errorReason,
  howToStart,
  OpsdeckError,
  redact,
  type RetryNotice,
} from "../core/mod.ts";
import { DatabaseManager } from "../database/mod.ts";

/** How to open the requests' database. */
export interface RequestDatabaseOptions {
  /** Hears what the operator should know, such as that the embedded database is used. */
  notice?: (text: string) => void;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  signal?: AbortSignal | undefined;
}

/** Makes the manager of the database `SurveyHub`; nothing is opened before it is used. */
export function openRequestDatabase(
  { notice, signal }: RequestDatabaseOptions = {},
): DatabaseManager {
  return new DatabaseManager("SurveyHub", {
    config: new ConfigManager(),
    applicationName: "opsdeck",
    maxConnections: 4,
    connectSignal: signal,
    ...(notice === undefined ? {} : { notice }),
  });
}

/** Makes what tells of each retry of a read or a transaction: why, and how long it waits. */
export function retryNote(note: (text: string) => void): (notice: RetryNotice) => void {
  return ({ error, delayMs }) =>
    note(`Trying again in ${formatDuration(delayMs)}: ${singleLine(redact(errorReason(error)))}`);
}

/**
 * Turns the error of a database without the requests' tables into one that says what to do; gives
 * any other error back as it is.
 */
export function explainRequestError(error: unknown): unknown {
  if (!(error instanceof OpsdeckError) || error.code !== "SCHEMA_MISSING") return error;
  const reason = error.cause instanceof Error ? error.cause.message : error.message;
  return new ConfigurationError(
    `Cannot find the tables of the requests as the database lacks them: ${reason}; check the ` +
      "database name of the connection string, or make tables with sample data in development: " +
      howToStart("requests:sample", "sample-requests"),
    { code: "SCHEMA_MISSING", context: error.context, cause: error },
  );
}
