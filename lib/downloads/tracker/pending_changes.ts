/** What the journal says and the CSV does not yet. */

import type { JournalEntry } from "./journal_entry.ts";
import type { TrackingCells } from "./row_state.ts";

/** The latest of one row. */
export interface RowChanges {
  /** The personality type that the row had. */
  type: string;
  /** The texts that go over those of the CSV. */
  cells: TrackingCells;
}

/** The changes of all rows, each the sum of its entries. */
export class PendingChanges {
  readonly #rows = new Map<string, RowChanges>();

  /** How many rows have changes. */
  get size(): number {
    return this.#rows.size;
  }

  /** The changed rows' ids. */
  rowIds(): IterableIterator<string> {
    return this.#rows.keys();
  }

  /** Gives the changes of a row. */
  of(rowId: string): RowChanges | undefined {
    return this.#rows.get(rowId);
  }

  /**
   * Takes an entry over those before it. The first one since a reset says which type the row has:
   * later ones are refused before they are written when they find another.
   */
  apply({ row, type, reset, cells }: JournalEntry): void {
    const earlier = reset ? undefined : this.#rows.get(row);
    this.#rows.set(row, { type: earlier?.type ?? type, cells: { ...earlier?.cells, ...cells } });
  }

  /** Forgets all. */
  clear(): void {
    this.#rows.clear();
  }
}
