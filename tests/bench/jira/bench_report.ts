/** The benchmark's results for people and for programs, and whether the targets are met. */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import type { FetchResult } from "./measure_fetch.ts";
import type { LimitResult } from "./measure_limits.ts";

/** One aim with what was measured. */
export interface Target {
  target: string;
  wanted: string;
  measured: number;
  met: boolean;
}

/** Judges the fetches: the first one is opsdeck with 90 % in the cache. */
export function fetchTargets(results: readonly FetchResult[], issues: number): Target[] {
  const [warm, cold, gets, bulk] = results;
  if (!warm || !cold || !gets || !bulk) return [];
  const misses = issues - Math.round(issues * 0.9);
  const exactly = (target: string, measured: number, wanted: number): Target => ({
    target,
    wanted: `exactly ${wanted}`,
    measured,
    met: measured === wanted,
  });
  const atLeast = (target: string, measured: number, wanted: number): Target => ({
    target,
    wanted: `at least ${wanted}`,
    measured,
    met: measured >= wanted,
  });
  return [
    atLeast("faster than jira.js getIssue", gets.times_opsdeck, 50),
    atLeast("faster than jira.js bulkFetchIssues", bulk.times_opsdeck, 5),
    exactly("calls at 90 % warm", warm.calls, Math.ceil(misses / 100)),
    exactly("calls with an empty cache", cold.calls, Math.ceil(issues / 100)),
    ...results.map(({ name, found }) => exactly(`issues in hand: ${name}`, found, issues)),
  ];
}

/** Judges the batches under a limit. */
export function limitTargets(results: readonly LimitResult[]): Target[] {
  return results.flatMap(({ names_wait, lost, late_refused_percent }) => {
    const how = names_wait ? "with Retry-After" : "without Retry-After";
    return [
      { target: `requests lost, ${how}`, wanted: "exactly 0", measured: lost, met: lost === 0 },
      {
        target: `% refused after the first second, ${how}`,
        wanted: "at most 1",
        measured: late_refused_percent,
        met: late_refused_percent <= 1,
      },
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

/** Writes the targets as a table. */
export function targetText(targets: readonly Target[]): string {
  return textTable(
    ["target", "wanted", "measured", ""],
    targets.map(({ target, wanted, measured, met }) => [
      target,
      wanted,
      measured,
      met ? "met" : "MISSED",
    ]),
  );
}
