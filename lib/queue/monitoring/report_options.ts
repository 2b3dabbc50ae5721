/** Checks of what callers ask of a report. */

import { ValidationError } from "../../core/mod.ts";

/**
 * Checks a timeout in hours.
 *
 * @throws ValidationError when it is not from 0 to 87840 (ten years).
 */
export function checkTimeoutHours(action: string, timeoutHours: number): void {
  const maxHours = 24 * 366 * 10;
  if (timeoutHours >= 0 && timeoutHours <= maxHours) return;
  throw new ValidationError(
    `Cannot ${action} as the timeout must be from 0 to ${maxHours} hours: it is ${timeoutHours}`,
  );
}

/**
 * Checks a limit.
 *
 * @throws ValidationError when it is negative or not a number.
 */
export function checkLimit(action: string, name: string, limit: number): void {
  if (Number.isFinite(limit) && limit >= 0) return;
  throw new ValidationError(`Cannot ${action} as ${name} must be 0 or more: it is ${limit}`);
}
