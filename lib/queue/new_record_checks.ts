/** What a caller says about a new record, checked; `what` names the record in errors. */

import { ValidationError } from "../core/mod.ts";
import { maxDedupeKeyLength } from "./queue_record.ts";

/** @throws ValidationError when it is no level from -100 to 100. */
export function checkPriority(value: number, what: string): number {
  if (Number.isInteger(value) && value >= -100 && value <= 100) return value;
  throw new ValidationError(
    `Cannot add ${what} as its priority must be a whole number from -100 to 100: it is ${value}`,
  );
}

/** @throws ValidationError when it is not a date, or an invalid one. */
export function checkRunAt(value: unknown, what: string): Date {
  if (value instanceof Date && Number.isFinite(value.getTime())) return value;
  throw new ValidationError(`Cannot add ${what} as its run_at is not a date`);
}

/** @throws ValidationError when it is not a text that the database holds as it is. */
export function checkDedupeKey(key: unknown, what: string): string {
  const cannot = `Cannot add ${what} as its dedupe key must`;
  if (typeof key !== "string") {
    throw new ValidationError(`${cannot} be a text: it is ${typeof key}`);
  }
  if (key.length < 1 || key.length > maxDedupeKeyLength) {
    throw new ValidationError(
      `${cannot} have 1 to ${maxDedupeKeyLength} characters: it has ${key.length}`,
    );
  }
  // Half of a surrogate pair would reach the database as U+FFFD, and different keys become one.
  if (key.isWellFormed() && !key.includes("\0")) return key;
  throw new ValidationError(
    `${cannot} hold neither a NUL character nor half of a surrogate pair: it is ${
      JSON.stringify(key)
    }`,
  );
}
