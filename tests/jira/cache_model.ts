/** What a cache must do, in the plainest way: a list of entries, the one used last at the end. */

import type { CacheReadOptions, EntrySelection } from "../../lib/jira/mod.ts";

interface ModelEntry {
  category: string;
  key: string;
  scope: string;
  value: unknown;
  size: number;
  storedAt: number;
  expiresAt: number;
}

/** A cache without files, processes and speed. Every read is marked, as with `touchAfterMs: 0`. */
export class CacheModel {
  hits = 0;
  misses = 0;
  #entries: ModelEntry[] = [];
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  set(key: string, value: unknown, category: string, scope: string, now: number, ttlMs: number) {
    const text = `${key}${scope}${JSON.stringify(value)}`;
    const size = new TextEncoder().encode(text).length;
    this.#entries = this.#entries.filter((entry) => !isSame(entry, key, category, scope));
    if (size > this.#maxBytes) return false;
    const expiresAt = now + ttlMs;
    this.#entries.push({ category, key, scope, value, size, storedAt: now, expiresAt });
    while (this.bytes > this.#maxBytes) this.#entries.shift();
    return true;
  }

  get(
    key: string,
    category: string,
    now: number,
    { scope = "", allowStale = false, peek = false }: CacheReadOptions,
  ): unknown {
    const entry = this.#entries.find((entry) => isSame(entry, key, category, scope));
    const isHit = entry !== undefined && entry.storedAt <= now && now < entry.expiresAt;
    if (!peek) {
      if (isHit) this.hits++;
      else this.misses++;
      if (isHit) this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
    }
    return isHit || allowStale ? entry?.value ?? null : null;
  }

  invalidate({ key, pattern, category }: EntrySelection): number {
    const source = (pattern ?? "").replace(/[\\^$+.()|[\]{}]/g, "\\$&")
      .replaceAll("*", ".*").replaceAll("?", ".");
    const expression = new RegExp(`^${source}$`, "su");
    const before = this.#entries.length;
    this.#entries = this.#entries.filter((entry) =>
      (key !== undefined && entry.key !== key) ||
      (category !== undefined && entry.category !== category) ||
      (pattern !== undefined && !expression.test(entry.key))
    );
    return before - this.#entries.length;
  }

  clear(): number {
    const { length } = this.#entries;
    this.#entries = [];
    this.hits = this.misses = 0;
    return length;
  }

  get bytes(): number {
    return this.#entries.reduce((sum, { size }) => sum + size, 0);
  }

  get count(): number {
    return this.#entries.length;
  }
}

function isSame(entry: ModelEntry, key: string, category: string, scope: string): boolean {
  return entry.key === key && entry.category === category && entry.scope === scope;
}
