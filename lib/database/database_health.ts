/** Whether a database answers. */

import { DatabaseConnectionError, redact } from "../core/mod.ts";
import type { DatabaseSession } from "./driver.ts";

/** How a database is (reference: queue, `health_check`). */
export interface DatabaseHealth {
  /** Whether it answered. */
  status: "healthy" | "unhealthy";
  /** Whether it answered. */
  connection: boolean;
  /** How long the answer took, in milliseconds, connecting included; null without one. */
  response_time_ms: number | null;
  /** Why it did not answer. */
  error?: string;
}

const healthTimeoutMs = 5_000;

/** Asks the database for an answer within 5 seconds. Never throws: what is wrong is in the report. */
export async function checkDatabaseHealth(session: DatabaseSession): Promise<DatabaseHealth> {
  const startedAtMs = performance.now();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(noAnswerError()), healthTimeoutMs);
  try {
    await session.query("select 1 as answer", [], { signal: stop.signal });
    const elapsedMs = performance.now() - startedAtMs;
    return {
      status: "healthy",
      connection: true,
      response_time_ms: Math.round(elapsedMs * 10) / 10,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      status: "unhealthy",
      connection: false,
      response_time_ms: null,
      error: redact(reason),
    };
  } finally {
    clearTimeout(timer);
  }
}

function noAnswerError(): DatabaseConnectionError {
  return new DatabaseConnectionError(
    `Cannot reach the database as it did not answer within ${healthTimeoutMs} ms; ` +
      "check that the server is up",
  );
}
