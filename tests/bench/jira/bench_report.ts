/** The benchmark's results for people, and whether the targets are met. */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import { atLeast, atMost, exactly, type Target } from "../frame/target.ts";
import type { FetchResult } from "./measure_fetch.ts";
import type { LimitResult } from "./measure_limits.ts";

/** Judges the fetches: the first one is opsdeck with 90 % in the cache. */
export function fetchTargets(results: readonly FetchResult[], issues: number): Target[] {
  const [warm, cold, gets, bulk] = results;
  if (!warm || !cold || !gets || !bulk) return [];
  const misses = issues - Math.round(issues * 0.9);
  return [
    atLeast("faster than jira.js getIssue", 50, gets.times_opsdeck),
    atLeast("faster than jira.js bulkFetchIssues", 5, bulk.times_opsdeck),
    exactly("calls at 90 % warm", Math.ceil(misses / 100), warm.calls),
    exactly("calls with an empty cache", Math.ceil(issues / 100), cold.calls),
    ...results.map(({ name, found }) => exactly(`issues in hand: ${name}`, issues, found)),
  ];
}

/** Judges the batches under a limit. */
export function limitTargets(results: readonly LimitResult[]): Target[] {
  return results.flatMap(({ names_wait, lost, late_refused_percent }) => {
    const how = names_wait ? "with Retry-After" : "without Retry-After";
    return [
      exactly(`requests lost, ${how}`, 0, lost),
      atMost(`% refused after the first second, ${how}`, 1, late_refused_percent),
    ];
  });
}

/** Writes the fetches as a table. */
export function fetchText(results: readonly FetchResult[]): string {
  return textTable(
    ["fetch", "ms", "calls", "issues", "times opsdeck"],
    results.map(({ name, ms, calls, found, times_opsdeck }) => [
      name,
      ms,
      calls,
      found,
      times_opsdeck,
    ]),
  );
}

/** Writes the batches under a limit as a table. */
export function limitText(results: readonly LimitResult[]): string {
  return textTable(
    ["Retry-After", "requests", "lost", "refused", "% refused later", "ms", "ms by the limit"],
    results.map((result) => [
      result.names_wait ? "yes" : "no",
      result.requests,
      result.lost,
      result.refused,
      result.late_refused_percent,
      result.ms,
      result.ideal_ms,
    ]),
  );
}
