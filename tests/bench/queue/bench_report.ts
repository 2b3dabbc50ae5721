/** The benchmark's results for people and for programs. */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import {
  type ClaimResult,
  claimResults,
  type DrainResult,
  drainResults,
  type Measurements,
  type RateResult,
  rateResults,
  type StartResult,
  startResult,
} from "./bench_results.ts";
import type { SnapshotCost } from "./measure_snapshot.ts";
import type { ReportCost } from "./reports.ts";

/** Under what conditions was measured. */
export interface Conditions {
  postgres: string;
  records: number;
}

/** What was measured, as `--json` prints it. */
export interface BenchReport extends Conditions {
  enqueue?: RateResult[];
  drain?: DrainResult[];
  snapshot?: SnapshotCost;
  claims?: ClaimResult[];
  reports?: ReportCost[];
  start?: StartResult;
}

/** Makes the report of what was measured. */
export function benchReport(conditions: Conditions, measured: Measurements): BenchReport {
  const { enqueue, drain, snapshot, claims, reports, start } = measured;
  return {
    ...conditions,
    ...(enqueue && { enqueue: rateResults(enqueue) }),
    ...(drain && { drain: drainResults(drain) }),
    ...(snapshot && { snapshot }),
    ...(claims && { claims: claimResults(claims) }),
    ...(reports && { reports }),
    ...(start && { start: startResult(start) }),
  };
}

/** Writes the report as aligned tables. */
export function reportTexts(report: BenchReport): string[] {
  const { postgres, records, enqueue, drain = [] } = report;
  const { snapshot, claims, reports, start } = report;
  const parts = [
    `PostgreSQL ${postgres}, default durability; ${records.toLocaleString("en")} records, medians`,
  ];
  if (enqueue) parts.push(`Enqueue\n${rateTable(enqueue)}`);
  for (const { batch_size, loops, systems } of drain) {
    const title = `Drain, batch ${batch_size}, ${loops === 1 ? "1 loop" : `${loops} loops`}`;
    parts.push(`${title}\n${rateTable(systems)}`);
  }
  if (drain.length > 0) {
    parts.push("opsdeck completes a batch and claims the next with one commit, raw SQL with two");
  }
  if (snapshot) {
    parts.push(
      `Last fifth of a drain, batch 100, 1 loop\n${snapshot.clean_per_second} records/s, under a ` +
        `held snapshot ${snapshot.held_per_second}: ${snapshot.rate_ratio.toFixed(2)} times, ` +
        `server CPU ${snapshot.cpu_ratio.toFixed(2)} times`,
    );
  }
  if (claims) parts.push(`Claims of 100, in milliseconds\n${claimTable(claims)}`);
  if (reports) parts.push(`Reports, in milliseconds\n${reportTable(reports)}`);
  if (start) {
    parts.push(
      `Start\nclaim-batch --help ${start.claim_batch_ms} ms, an empty script ` +
        `${start.empty_ms} ms: ${start.ratio.toFixed(2)} times`,
    );
  }
  return parts;
}

function rateTable(results: readonly RateResult[]): string {
  return textTable(
    ["system", "records/s", "slowest", "fastest", "server us", "client us", "opsdeck is", "by CPU"],
    results.map((result) => [
      result.system,
      result.records_per_second,
      result.slowest,
      result.fastest,
      result.postgres_us.toFixed(1).padStart(9),
      result.client_us.toFixed(1).padStart(9),
      times(result.opsdeck_ratio),
      times(result.opsdeck_cpu_ratio),
    ]),
  );
}

function claimTable(results: readonly ClaimResult[]): string {
  return textTable(
    ["system", "table holds", "p50", "p99", "to its first"],
    results.map(({ system, depth, p50_ms, p99_ms, ratio_to_first }) => [
      system,
      depth,
      p50_ms.toFixed(2).padStart(8),
      p99_ms.toFixed(2).padStart(8),
      times(ratio_to_first),
    ]),
  );
}

function reportTable(costs: readonly ReportCost[]): string {
  return textTable(
    ["report", "table holds", "p50", "count p50", "to the count"],
    costs.map(({ report, table, p50_ms, count_p50_ms, ratio }) => [
      report,
      table,
      p50_ms.toFixed(1).padStart(8),
      count_p50_ms.toFixed(1).padStart(8),
      times(ratio),
    ]),
  );
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`.padStart(7);
}
