/** What the driver for PostgreSQL gives, rows and errors, and what it means. */

import type postgres from "postgres";
import { ValidationError } from "../core/mod.ts";

/** The driver's list has more than the rows, and one list a statement when there were several. */
export function lastRows<Row extends Record<string, unknown>>(
  result: postgres.RowList<Row[]>,
): Row[] {
  const last: unknown = "command" in result ? result : Array.prototype.at.call(result, -1);
  if (!Array.isArray(last)) return [];
  // Rows that came before an error are still counted, as holes in front of the next rows.
  return last[0] === undefined ? last.filter((row) => row !== undefined) : last.slice();
}

/** Whether an error came from the server and not from writing or reading values. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && "severity" in error;
}

/** Says that a value could not be written or read. */
export function valueError(cause: Error): ValidationError {
  const [reason] = cause.message.split("\n");
  return new ValidationError(`Cannot run the query as a value cannot be sent: ${reason}`, {
    cause,
  });
}

/** Whether the server stopped a query as it was told to, or as its own limit says. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "57014";
}
