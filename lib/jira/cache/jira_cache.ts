/** Jira's answers, kept in a SQLite file that any number of processes share. */

import {
  type CacheEntry,
  type CacheReadOptions,
  type CacheWriteOptions,
  type RemoveOptions,
} from "./cache_entry.ts";
import { checkKey, checkScope, isLonger, shortKey } from "./cache_key.ts";
import {
  type CacheLimits,
  cacheLimits,
  checkDuration,
  defaultCachePath,
  type JiraCacheOptions,
  ttlOf,
} from "./cache_options.ts";
import { type CacheStats, cacheStats } from "./cache_stats.ts";
import { CacheStore } from "./cache_store.ts";
import { type EntrySelection, removeSelected } from "./entry_selection.ts";
import { EntryReader } from "./entry_reader.ts";
import { evictEntries, isTooLarge } from "./evict_entries.ts";
import { type JsonValue, toJsonText } from "./json_text.ts";
import { UseClock } from "./use_clock.ts";

/**
 * A cache with a time to live for each category, and a size that it keeps by removing what was
 * used least recently (reference: jira, `JiraCache`).
 *
 * Any number of processes may use one file at the same time. A write waits for other writers, a
 * read for nobody. Hits, misses and marks of use are written down with every 1000 reads and when
 * the cache is closed: a process that is killed loses those of its last 1000 reads at most, and
 * never an entry. All calls are synchronous.
 *
 * All of them throw CacheDatabaseError (exit code 3) when the file is corrupt, cannot be written,
 * or stays locked by another process; and ValidationError for a category that is not known, or a
 * key that is empty or cannot be told apart in UTF-8.
 *
 * @example
 * ```ts ignore
 * using cache = new JiraCache();
 * cache.set("PROJ-123", issue, "issue");
 * const found = cache.get("PROJ-123", "issue");
 * cache.invalidate({ pattern: "PROJ-*", category: "issue" });
 * console.log(`Hit rate: ${(cache.getStats().hit_rate * 100).toFixed(1)} %`);
 * ```
 */
export class JiraCache implements Disposable {
  /** The file. */
  readonly path: string;
  /** The size that keys and values together may have, in bytes. */
  readonly maxBytes: number;
  readonly #limits: CacheLimits;
  readonly #clock: () => number;
  readonly #store: CacheStore;
  readonly #reader: EntryReader;
  readonly #useClock = new UseClock();
  #isClosed = false;

  /**
   * Opens the cache, and makes the file when there is none.
   *
   * @throws ValidationError when a limit is no such number
   * @throws CacheDatabaseError when the file is corrupt, locked, read-only or another program's
   */
  constructor(options: JiraCacheOptions = {}) {
    const { path = defaultCachePath(), clock = Date.now } = options;
    this.#limits = cacheLimits(options);
    this.#clock = clock;
    this.path = path;
    this.maxBytes = this.#limits.maxBytes;
    this.#store = new CacheStore(path, this.#limits.busyTimeoutMs);
    this.#reader = new EntryReader(this.#store, this.#useClock, this.#limits.touchAfterMs);
  }

  /**
   * Stores a value under a key, in the place of the one that was there.
   *
   * Gives false, and leaves nothing under the key, when the two are larger than the whole cache.
   *
   * @throws ValidationError also when JSON cannot hold the value as it is
   */
  set(key: string, value: unknown, category: string, options: CacheWriteOptions = {}): boolean {
    return this.setMany([[key, value]], category, options) === 1;
  }

  /**
   * Stores many values of a category in one transaction, and gives how many were written: those
   * larger than the whole cache are left out, like in {@link set}.
   */
  setMany(
    entries: Iterable<readonly [key: string, value: unknown]>,
    category: string,
    options: CacheWriteOptions = {},
  ): number {
    const { ttlMs = ttlOf(this.#limits, category), scope = "" } = options;
    checkDuration(ttlMs, "the time to live of an entry");
    checkScope(scope);
    const texts = Array.from(entries, ([key, value]) => {
      checkKey(key);
      return [key, toJsonText(value, `the value of "${shortKey(key)}"`)] as const;
    });
    const now = this.#now();
    const { store, removeOne } = this.#store.statements;

    const { written, evicted } = this.#store.write(() => {
      let written = 0;
      for (const [key, text] of texts) {
        if (isLonger([key, scope, text], this.maxBytes)) {
          removeOne.run(category, key, scope);
        } else {
          const mark = this.#useClock.mark(now);
          store.run(category, key, scope, text, now, now + Math.ceil(ttlMs), mark);
          written++;
        }
      }
      const evicted = isTooLarge(this.#store.statements, this.maxBytes);
      if (evicted) {
        // Reads that stand in memory alone are uses too.
        this.#reader.pending.writeTo(this.#store.statements);
        evictEntries(this.#store.statements, this.maxBytes, this.#useClock.mark(now));
      }
      return { written, evicted };
    });
    if (evicted) this.#reader.pending.clear();
    return written;
  }

  /**
   * Gives the fresh value of a key, or null when there is none. A stored `null` looks the same;
   * {@link getEntry} tells the two apart.
   */
  get(key: string, category: string, options: CacheReadOptions = {}): JsonValue | null {
    return this.getEntry(key, category, options)?.value ?? null;
  }

  /** Gives the fresh value of a key with its times, or null when there is none. */
  getEntry(key: string, category: string, options: CacheReadOptions = {}): CacheEntry | null {
    const entry = this.#find(key, category, options);
    this.#reader.writePendingInTime();
    return entry;
  }

  /** Gives the fresh values of many keys; keys without one are absent. A key counts once. */
  getMany(
    keys: Iterable<string>,
    category: string,
    options: CacheReadOptions = {},
  ): Map<string, JsonValue> {
    const found = new Map<string, JsonValue>();
    for (const [key, { value }] of this.getEntries(keys, category, options)) found.set(key, value);
    return found;
  }

  /** Does what {@link getMany} does, and gives the values with their times. */
  getEntries(
    keys: Iterable<string>,
    category: string,
    options: CacheReadOptions = {},
  ): Map<string, CacheEntry> {
    const found = new Map<string, CacheEntry>();
    const asked = new Set(keys);
    this.#store.read(() => {
      for (const key of asked) {
        const entry = this.#find(key, category, options);
        if (entry !== null) found.set(key, entry);
      }
    });
    this.#reader.writePendingInTime();
    return found;
  }

  /**
   * Gives the entries of a key in all scopes, the stale ones too, the newest first; it looks
   * without being counted.
   */
  findScopes(key: string, category: string): CacheEntry[] {
    ttlOf(this.#limits, category);
    checkKey(key);
    return this.#reader.findScopes(key, category, this.#now());
  }

  /**
   * Removes the entries that meet all the conditions given, in all scopes, and gives their number.
   *
   * @throws ValidationError also when no condition is given, or the pattern is too long
   */
  invalidate(selection: EntrySelection, { dryRun = false }: RemoveOptions = {}): number {
    if (selection.category !== undefined) ttlOf(this.#limits, selection.category);
    const remove = () => removeSelected(this.#store.database, selection, dryRun);
    return dryRun ? this.#store.run(remove) : this.#store.write(remove);
  }

  /**
   * Removes all entries and all counts of hits and misses, gives the disk its space back, and
   * gives the number of entries there were.
   */
  clear({ dryRun = false }: RemoveOptions = {}): number {
    if (dryRun) return this.getStats().entry_count;
    const removed = this.#store.write(() => {
      const { removeAll, removeTotals } = this.#store.statements;
      const { changes } = removeAll.run();
      removeTotals.run();
      return Number(changes);
    });
    this.#reader.pending.clear();
    this.#store.shrink();
    return removed;
  }

  /** Gives the counts of all processes so far, those of this one up to the last read. */
  getStats(): CacheStats {
    const rows = this.#store.run(() => this.#store.statements.totals.all());
    return cacheStats(rows, this.#limits.ttlMs.keys(), this.#reader.pending);
  }

  /**
   * Writes down what reads left behind, and closes the file. A second call does nothing. When the
   * file cannot be written any more, only these counts are lost.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#reader.writePending();
    } finally {
      this.#store[Symbol.dispose]();
    }
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #find(key: string, category: string, options: CacheReadOptions): CacheEntry | null {
    ttlOf(this.#limits, category);
    checkKey(key);
    return this.#reader.find(key, category, this.#now(), options);
  }

  #now(): number {
    return Math.floor(this.#clock());
  }
}
