/** What a cache can tell about itself. */

import type { PendingReads } from "./pending_reads.ts";

/** Counts of a category, or of all of them. */
export interface CacheCounts {
  /** Hits by reads, from 0 to 1; 0 when there was no read. */
  hit_rate: number;
  /** Reads that found a fresh entry. */
  hits: number;
  /** Reads that found none, or a stale one. */
  misses: number;
  /** Entries there are, the stale ones among them. */
  entry_count: number;
  /** The bytes of their keys and values. */
  total_size_bytes: number;
}

/** The counts of a cache (reference: `CacheStats`), over all processes and restarts. */
export interface CacheStats extends CacheCounts {
  /** The same for each category. */
  by_category: Record<string, CacheCounts>;
}

/**
 * Makes the stats of the rows of the table `total`, with reads that are not written down yet.
 * Known categories stand first, with zeros where nothing is in them.
 */
export function cacheStats(
  rows: readonly Record<string, unknown>[],
  knownCategories: Iterable<string>,
  pending: PendingReads,
): CacheStats {
  const rowOf = new Map(rows.map((row) => [String(row["category"]), row]));
  const all = [...new Set([...knownCategories, ...rowOf.keys()])].map((category) => {
    const row = rowOf.get(category) ?? {};
    const { hits, misses } = pending.countsOf(category);
    const counts: Counts = {
      hits: hits + Number(row["hits"] ?? 0),
      misses: misses + Number(row["misses"] ?? 0),
      entry_count: Number(row["entries"] ?? 0),
      total_size_bytes: Number(row["bytes"] ?? 0),
    };
    return [category, withRate(counts)] as const;
  });
  const sum = (name: keyof Counts) => all.reduce((sum, [, counts]) => sum + counts[name], 0);
  return {
    ...withRate({
      hits: sum("hits"),
      misses: sum("misses"),
      entry_count: sum("entry_count"),
      total_size_bytes: sum("total_size_bytes"),
    }),
    by_category: Object.fromEntries(all),
  };
}

type Counts = Omit<CacheCounts, "hit_rate">;

function withRate(counts: Counts): CacheCounts {
  const reads = counts.hits + counts.misses;
  return { hit_rate: reads === 0 ? 0 : counts.hits / reads, ...counts };
}
