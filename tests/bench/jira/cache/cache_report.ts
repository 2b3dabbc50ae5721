/** The cache's part of the report: tables, and whether its targets are met. */

import { textTable } from "../../../../lib/core/command_line/mod.ts";
import { atLeast, atMost, type Target } from "../../frame/target.ts";
import type { GetResult } from "./measure_get.ts";
import type { ReadResult } from "./measure_reads.ts";

const titles: Readonly<Record<string, string>> = {
  point_read: "node:sqlite, the text alone",
  point_read_parsed: "node:sqlite, parsed",
  opsdeck: "opsdeck, LRU",
  keyv: "keyv on node:sqlite, no LRU",
  diskcache: "python-diskcache, LRU",
};

/** Judges the reads by CPU time, which a noisy machine changes less. */
export function readTargets(results: readonly ReadResult[]): Target[] {
  const find = (name: string) => results.find((result) => result.name === name);
  const bare = ["point_read", "point_read_parsed"].flatMap((name) => {
    const result = find(name);
    if (result === undefined) return [];
    const measured = Math.round(100 / result.times_opsdeck) / 100;
    return [atMost(`cache get, times the CPU of a read by ${titles[name]}`, 1.5, measured)];
  });
  const diskcache = find("diskcache");
  const target = "cache get, faster than python-diskcache's LRU by CPU";
  return [...bare, atLeast(target, 10, diskcache?.times_opsdeck ?? null)];
}

/** Judges the whole process. */
export function getTarget({ ratio }: GetResult): Target {
  return atMost("jira-batch cache get, times an empty script that opens SQLite", 1.5, ratio);
}

/** Writes the reads as a table. */
export function readText(results: readonly ReadResult[]): string {
  return textTable(
    ["read", "us", "CPU us", "times opsdeck by CPU"],
    results.map(({ name, us, cpu_us, times_opsdeck }) => [
      titles[name] ?? name,
      us,
      cpu_us,
      times_opsdeck,
    ]),
  );
}

/** Writes the whole process as a sentence. */
export function getText({ cache_get_ms, empty_ms, ratio }: GetResult): string {
  return `jira-batch cache get ${cache_get_ms} ms, an empty script that opens SQLite ${empty_ms} ms: ` +
    `${ratio} times`;
}
