/** What the `cache` commands say to a person. */

import { countOf, formatCount, formatDuration, textTable } from "../../core/command_line/mod.ts";
import type { CacheCounts, CacheStats } from "./cache_stats.ts";
import type { RepairReport } from "./repair_cache.ts";

/** Writes the stats: a sentence, then a line for each category in which there is something. */
export function statsText(stats: CacheStats, maxBytes: number): string {
  const { entry_count, hits, misses, total_size_bytes } = stats;
  const share = (100 * total_size_bytes / maxBytes).toFixed(1);
  const sentence = `${countOf(entry_count, "entry", "entries")} of ` +
    `${formatCount(total_size_bytes)} bytes, ${share} % of the size allowed; ` +
    `hit rate ${rateText(stats)} (${countOf(hits, "hit")}, ${countOf(misses, "miss", "misses")})`;
  const categories = Object.entries(stats.by_category)
    .filter(([, { entry_count, hits, misses }]) => entry_count + hits + misses > 0);
  if (categories.length === 0) return sentence;
  const table = textTable(
    ["category", "entries", "bytes", "hits", "misses", "hit rate"],
    categories.map(([category, counts]) => [
      category,
      counts.entry_count,
      counts.total_size_bytes,
      counts.hits,
      counts.misses,
      rateText(counts).padStart("hit rate".length),
    ]),
  );
  return `${sentence}\n\n${table}`;
}

/** Says how many entries were removed, or would be. */
export function removedText(removed: number, dryRun: boolean): string {
  return `${dryRun ? "Would remove" : "Removed"} ${countOf(removed, "entry", "entries")}`;
}

/** Says what a repair found and did. */
export function repairText({ path, status, reason, set_aside }: RepairReport): string {
  if (status === "healthy") return `The Jira cache "${path}" is healthy; nothing was changed`;
  const found = `The Jira cache "${path}" is broken: ${reason}`;
  return status === "broken"
    ? `${found}; would set it aside and start afresh`
    : `${found}; set it aside as ${set_aside.join(", ")}, and started afresh`;
}

/** Says how old a value is that is past its time. */
export function staleText(ageMs: number): string {
  return `Stale: stored ${formatDuration(ageMs)} ago`;
}

function rateText({ hits, misses, hit_rate }: CacheCounts): string {
  return hits + misses === 0 ? "-" : `${(hit_rate * 100).toFixed(1)} %`;
}
