/** What this process holds: which claim each record in hand belongs to. */

import { StaleClaimError } from "../core/mod.ts";

/** A record, and the claim under which it is worked on. */
export interface HeldRecord {
  /** The record. */
  id: number;
  /** The claim, as the record came with it. Defaults to this processor's last claim on it. */
  flow_instance_id?: string;
}

/** Remembers, for each record in hand, the name of the claim that holds it. */
export class ClaimLedger {
  readonly #claimNames = new Map<number, string>();

  /** Notes that a claim holds these records. */
  add(records: readonly Required<HeldRecord>[]): void {
    for (const { id, flow_instance_id } of records) this.#claimNames.set(id, flow_instance_id);
  }

  /** Forgets records that a claim no longer holds; what a newer claim holds stays. */
  remove(ids: readonly number[], claimName: string): void {
    for (const id of ids) if (this.holds(id, claimName)) this.#claimNames.delete(id);
  }

  /** Whether a record is in hand under that claim. */
  holds(id: number, claimName: string): boolean {
    return this.#claimNames.get(id) === claimName;
  }

  /** The records in hand. */
  ids(): number[] {
    return [...this.#claimNames.keys()];
  }

  /**
   * Checks that there is a claim to act under.
   *
   * @throws StaleClaimError when none is named and this process holds none on the record.
   */
  check({ id, flow_instance_id }: HeldRecord): void {
    if (flow_instance_id !== undefined || this.#claimNames.has(id)) return;
    throw new StaleClaimError(
      `Cannot change record ${id} as this processor holds no claim on it; claim it first`,
      { context: { record_id: id } },
    );
  }

  /** Sorts items by their claim; those without a claim come back as `unclaimed`. */
  byClaim<T extends HeldRecord>(items: readonly T[]): {
    groups: Map<string, T[]>;
    unclaimed: T[];
  } {
    const groups = new Map<string, T[]>();
    const unclaimed: T[] = [];
    for (const item of items) {
      const claimName = item.flow_instance_id ?? this.#claimNames.get(item.id);
      if (claimName === undefined) unclaimed.push(item);
      else if (!groups.get(claimName)?.push(item)) groups.set(claimName, [item]);
    }
    return { groups, unclaimed };
  }
}
