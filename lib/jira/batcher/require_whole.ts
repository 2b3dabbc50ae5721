/** Checking the numbers that a caller gives. */

import { ValidationError } from "../../core/mod.ts";

/** How many requests there may be at once. */
export const concurrencyRange = { min: 1, max: 1000 };

/**
 * Checks that a number is whole and within its range.
 *
 * @param task what cannot be done else, such as `make a batch`
 * @throws ValidationError when it is not
 */
export function requireWhole(
  task: string,
  name: string,
  value: number,
  { min, max }: { min: number; max: number },
): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new ValidationError(
    `Cannot ${task} as ${name} must be a whole number from ${min} to ${max}: it is ${value}`,
  );
}
