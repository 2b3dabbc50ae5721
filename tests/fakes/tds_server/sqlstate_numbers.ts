/** SQL Server's numbers of the errors that PostgreSQL reports by SQLSTATE. */

import type { ServerError } from "./tds_tokens.ts";

/** The deadlock victim's number: the server has rolled its transaction back. */
export const deadlockNumber = 1205;

const numbers: Record<string, number> = {
  "40P01": deadlockNumber,
  "40001": deadlockNumber, // SQL Server's serializable locks where PostgreSQL refuses
  "55P03": 1222, // lock time out
  "23505": 2627, // unique
  "23503": 547, // foreign key
  "23514": 547, // check
  "23502": 515, // not null
  "42P01": 208, // no such table
  "42703": 207, // no such column
  "42P07": 2714, // there is one already
  "42601": 102, // syntax
  "42501": 229, // right
  "22012": 8134, // division by zero
  "22P02": 245, // conversion
  "22001": 2628, // too long
  "22003": 8115, // too large
};

/** Gives the error that SQL Server would report; 50000 stands for what has no counterpart here. */
export function serverError(error: unknown): ServerError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error ? error.message : String(error);
  const number = numbers[code] ?? 50000;
  return { number, message, severity: number === deadlockNumber ? 13 : 16 };
}
