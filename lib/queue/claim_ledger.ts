/** What this process holds: which claim each record in hand belongs to. */

import { StaleClaimError } from "../core/mod.ts";

/** Remembers, for each record in hand, the name of the claim that holds it. */
export class ClaimLedger {
  readonly #claimNames = new Map<number, string>();

  /** How many records are in hand. */
  get size(): number {
    return this.#claimNames.size;
  }

  /** Notes that a claim holds these records. */
  add(ids: readonly number[], claimName: string): void {
    for (const id of ids) this.#claimNames.set(id, claimName);
  }

  /** Forgets records that are no longer in hand. */
  remove(ids: readonly number[]): void {
    for (const id of ids) this.#claimNames.delete(id);
  }

  /** The records in hand. */
  ids(): number[] {
    return [...this.#claimNames.keys()];
  }

  /**
   * Gives the claim that a record is held by.
   *
   * @throws StaleClaimError when this process holds no claim on it.
   */
  claimOf(id: number): string {
    const claimName = this.#claimNames.get(id);
    if (claimName === undefined) {
      throw new StaleClaimError(
        `Cannot change record ${id} as this processor holds no claim on it; claim it first`,
        { context: { record_id: id } },
      );
    }
    return claimName;
  }

  /** Sorts items by their claim; those without a claim come back as `unclaimed`. */
  byClaim<T extends { id: number }>(items: readonly T[]): {
    groups: Map<string, T[]>;
    unclaimed: T[];
  } {
    const groups = new Map<string, T[]>();
    const unclaimed: T[] = [];
    for (const item of items) {
      const claimName = this.#claimNames.get(item.id);
      if (claimName === undefined) unclaimed.push(item);
      else if (!groups.get(claimName)?.push(item)) groups.set(claimName, [item]);
    }
    return { groups, unclaimed };
  }
}
