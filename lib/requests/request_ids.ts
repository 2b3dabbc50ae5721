/** Lists of ids, as callers give them and as the database has them. */

import { ValidationError } from "../core/mod.ts";

/** A list of ids, each once. */
export interface DistinctIds {
  /** In the order in which they were first named. */
  ids: number[];
  /** Those that were named more than once. */
  duplicates: number[];
}

/**
 * Takes repeated ids out of a list; `what` names one of them, such as `request id`. They may be
 * below 1: databases begin to count where they like.
 *
 * @throws ValidationError when one is no whole number from -(2^53 - 1) to 2^53 - 1.
 */
export function distinctIds(list: readonly number[], what: string): DistinctIds {
  const ids = new Set<number>();
  const duplicates = new Set<number>();
  for (const id of list) {
    if (!Number.isSafeInteger(id)) throw badId(what, id, "a whole number");
    if (ids.has(id)) duplicates.add(id);
    ids.add(id);
  }
  return { ids: [...ids], duplicates: [...duplicates] };
}

/**
 * Refuses ids that a person has chosen and that can only be slips; `what` names one of them.
 *
 * @throws ValidationError when one is no whole number from 1 to 2^53 - 1.
 */
export function checkChosenIds(list: readonly number[], what: string): void {
  for (const id of list) {
    if (!Number.isSafeInteger(id) || id < 1) throw badId(what, id, "a whole number, 1 or more");
  }
}

function badId(what: string, id: number, wanted: string): ValidationError {
  return new ValidationError(
    `Cannot use the ${what} ${id} as it must be ${wanted}; correct the list`,
  );
}
