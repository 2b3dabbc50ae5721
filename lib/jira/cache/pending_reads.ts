/** What reads leave behind, kept in memory so that a read is no write. */

import type { CacheStatements } from "./cache_statements.ts";

/** Hits and misses of a category. */
export interface ReadCounts {
  hits: number;
  misses: number;
}

/** Marks of use that are kept while the file cannot be written. */
const maxTouches = 10_000;

/** Counts and marks of use that are not written down yet. */
export class PendingReads {
  readonly #counts = new Map<string, ReadCounts>();
  readonly #touches = new Map<number, number>();
  #reads = 0;

  /** Counts a read. */
  count(category: string, isHit: boolean): void {
    let counts = this.#counts.get(category);
    if (counts === undefined) this.#counts.set(category, counts = { hits: 0, misses: 0 });
    if (isHit) counts.hits++;
    else counts.misses++;
    this.#reads++;
  }

  /** Marks an entry as used. */
  touch(id: number, mark: number): void {
    if (this.#touches.size < maxTouches || this.#touches.has(id)) this.#touches.set(id, mark);
  }

  /** Reads since the last {@link startOver}. */
  get reads(): number {
    return this.#reads;
  }

  /** Whether there is nothing to write down. */
  get isEmpty(): boolean {
    return this.#counts.size === 0 && this.#touches.size === 0;
  }

  /** The counts of a category. */
  countsOf(category: string): ReadCounts {
    return this.#counts.get(category) ?? { hits: 0, misses: 0 };
  }

  /** Writes all of it down, within a transaction; {@link clear} it after the commit. */
  writeTo({ touch, addCounts }: CacheStatements): void {
    for (const [id, mark] of this.#touches) touch.run(mark, id);
    for (const [category, { hits, misses }] of this.#counts) addCounts.run(category, hits, misses);
  }

  /** Forgets what was written down. */
  clear(): void {
    this.#counts.clear();
    this.#touches.clear();
    this.#reads = 0;
  }

  /** Lets another thousand reads pass before the next attempt. */
  startOver(): void {
    this.#reads = 0;
  }
}
