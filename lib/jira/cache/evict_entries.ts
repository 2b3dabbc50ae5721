/** Keeping a cache within its size. */

import type { CacheStatements } from "./cache_statements.ts";

/** How far marks of two processes may lie apart, in microseconds. */
const clockToleranceUs = 1_000_000;

/** Whether all entries together are larger than the cache may be. */
export function isTooLarge(statements: CacheStatements, maxBytes: number): boolean {
  return totalBytes(statements) > maxBytes;
}

/**
 * Removes the entries that were used least recently until the rest fits; within a transaction.
 *
 * @param now the time of this use, in microseconds
 */
export function evictEntries(statements: CacheStatements, maxBytes: number, now: number): void {
  let excessBytes = totalBytes(statements) - maxBytes;
  statements.untouchFuture.run(now, now + clockToleranceUs);
  while (excessBytes > 0) {
    const oldest: unknown[] = statements.oldest.all();
    if (oldest.length === 0) return;
    for (const row of oldest) {
      if (excessBytes <= 0) return;
      const [id, size]: unknown[] = Array.isArray(row) ? row : [];
      statements.removeById.run(Number(id));
      excessBytes -= Number(size);
    }
  }
}

function totalBytes({ totalBytes }: CacheStatements): number {
  const row: unknown = totalBytes.get();
  return Array.isArray(row) ? Number(row[0]) : 0;
}
