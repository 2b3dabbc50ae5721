/** Finding entries, and remembering that they were used. */

import { CacheDatabaseError } from "../../core/errors/mod.ts";
import { type CacheEntry, type CacheReadOptions, isFresh, toEntry } from "./cache_entry.ts";
import { toJiraCacheError } from "./cache_error.ts";
import type { CacheStore } from "./cache_store.ts";
import { PendingReads } from "./pending_reads.ts";
import type { UseClock } from "./use_clock.ts";

/** Reads after which counts and marks of use are written down. */
const readsToWrite = 1000;

/** Reads entries; keys and categories are checked before. */
export class EntryReader {
  /** What the reads so far left to write down. */
  readonly pending: PendingReads = new PendingReads();
  readonly #store: CacheStore;
  readonly #useClock: UseClock;
  readonly #touchAfterMs: number;

  /** Reads from a file; `touchAfterMs` is that of the cache's options. */
  constructor(store: CacheStore, useClock: UseClock, touchAfterMs: number) {
    this.#store = store;
    this.#useClock = useClock;
    this.#touchAfterMs = touchAfterMs;
  }

  /** Gives the entry of a key and scope if it is fresh, or a stale one where that will do. */
  find(
    key: string,
    category: string,
    now: number,
    { scope = "", allowStale = false, peek = false }: CacheReadOptions,
  ): CacheEntry | null {
    const row = this.#row(category, key, scope);
    const isHit = row !== undefined && isFresh(Number(row[1]), Number(row[2]), now);
    if (!peek) {
      this.pending.count(category, isHit);
      if (isHit) this.#touch(row, now);
    }
    return row !== undefined && (isHit || allowStale)
      ? toEntry(row, scope, now, this.#store.path)
      : null;
  }

  /** Gives the entries of a key in all scopes, the newest first, without counting it. */
  findScopes(key: string, category: string, now: number): CacheEntry[] {
    const { findScopes } = this.#store.statements;
    const rows: unknown[] = this.#store.run(() => findScopes.all(category, key));
    return rows.filter((row) => Array.isArray(row))
      .map((row) => toEntry(row, String(row[3]), now, this.#store.path));
  }

  /** Writes down what is pending; when that cannot be, only counts and marks are lost. */
  writePending(): void {
    if (this.pending.isEmpty) return;
    try {
      this.#store.write(() => this.pending.writeTo(this.#store.statements));
      this.pending.clear();
    } catch (error) {
      // The values that were read are good without them.
      if (!(error instanceof CacheDatabaseError)) throw error;
    }
  }

  /** Writes down what is pending after enough reads, unless another process is writing. */
  writePendingInTime(): void {
    if (this.pending.reads < readsToWrite) return;
    if (this.#store.tryWrite(() => this.pending.writeTo(this.#store.statements))) {
      this.pending.clear();
    } else {
      this.pending.startOver();
    }
  }

  #row(category: string, key: string, scope: string): unknown[] | undefined {
    try {
      const row: unknown = this.#store.statements.find.get(category, key, scope);
      return Array.isArray(row) ? row : undefined;
    } catch (error) {
      throw toJiraCacheError(error, this.#store.path);
    }
  }

  #touch(row: readonly unknown[], now: number): void {
    // Marks of a burst run ahead of the clock by some microseconds.
    const ageMs = Math.max(0, now - Number(row[3]) / 1000);
    if (ageMs < this.#touchAfterMs) return;
    this.pending.touch(Number(row[4]), this.#useClock.mark(now));
  }
}
