/** What processes a record: a function, whatever stands behind it. */

import { type Log, OpsdeckError } from "../core/mod.ts";
import type { ClaimedRecord } from "./queue_record.ts";

/** What a handler gets beside its record. */
export interface HandlerContext {
  /** Aborted when the record takes too long or its claim is lost: stop working on it. */
  signal: AbortSignal;
  /** Logs with the record's id on every line. */
  log: Log;
  /** The attempt, from 1; `retry_count` + 1 when the record was never tried in this process. */
  attempt: number;
}

/**
 * Processes one record and gives a result that JSON can hold. What it throws is the reason with
 * which the record fails.
 */
export type RecordHandler = (record: ClaimedRecord, context: HandlerContext) => unknown;

/** A handler that holds something open, such as a program. */
export interface OpenHandler extends AsyncDisposable {
  /** The handler. */
  handle: RecordHandler;
}

/** The handler cannot process any record: its program does not start or keeps dying. */
export class HandlerBrokenError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "HandlerBrokenError";
  /** Makes the error. */
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: "HANDLER_BROKEN", ...options });
  }
}

/** The handler took longer with a record than it may. */
export class RecordTimeoutError extends OpsdeckError {
  /** The class's name. */
  override readonly name: string = "RecordTimeoutError";
  /** Makes the error. */
  constructor(message: string) {
    super(message, { code: "RECORD_TIMEOUT" });
  }
}
