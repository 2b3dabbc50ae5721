/** Lists of ids as callers give them. */

import { ValidationError } from "../core/mod.ts";

/** A list of ids, each once. */
export interface DistinctIds {
  /** In the order in which they were first named. */
  ids: number[];
  /** Those that were named more than once. */
  duplicates: number[];
}

/**
 * Takes repeated ids out of a list; `what` names one of them, such as `request id`.
 *
 * @throws ValidationError when one is no whole number from 1 to 2^53 - 1.
 */
export function distinctIds(list: readonly number[], what: string): DistinctIds {
  const ids = new Set<number>();
  const duplicates = new Set<number>();
  for (const id of list) {
    if (!Number.isSafeInteger(id) || id < 1) {
      throw new ValidationError(
        `Cannot use the ${what} ${id} as it must be a whole number, 1 or more; correct the list`,
      );
    }
    if (ids.has(id)) duplicates.add(id);
    ids.add(id);
  }
  return { ids: [...ids], duplicates: [...duplicates] };
}
