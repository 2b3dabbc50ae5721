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
import { judgeTargets, type Target } from "./targets.ts";

/** Under what conditions was measured. */
export interface Conditions {
  postgres: string;
  cpus: number;
  rounds: number;
  records: number;
}

/** The whole report, as `--json` prints it. */
export interface BenchReport extends Conditions {
  enqueue?: RateResult[];
  drain?: DrainResult[];
  claims?: ClaimResult[];
  start?: StartResult;
  targets: Target[];
}

/** Makes the report of what was measured. */
export function benchReport(conditions: Conditions, measured: Measurements): BenchReport {
  const { enqueue, drain, claims, start } = measured;
  return {
    ...conditions,
    ...(enqueue && { enqueue: rateResults(enqueue) }),
    ...(drain && { drain: drainResults(drain) }),
    ...(claims && { claims: claimResults(claims) }),
    ...(start && { start: startResult(start) }),
    targets: judgeTargets(measured),
  };
}

/** Writes the report as aligned tables, the targets last. */
export function reportText(report: BenchReport): string {
  const { postgres, cpus, rounds, records, enqueue, drain = [], claims, start } = report;
  const parts = [
    `PostgreSQL ${postgres}, default durability, ${cpus} CPUs; ${records.toLocaleString("en")} ` +
    `records, medians of ${rounds} alternating rounds`,
  ];
  if (enqueue) parts.push(`Enqueue\n${rateTable(enqueue)}`);
  for (const { batch_size, loops, systems } of drain) {
    const title = `Drain, batch ${batch_size}, ${loops === 1 ? "1 loop" : `${loops} loops`}`;
    parts.push(`${title}\n${rateTable(systems)}`);
  }
  if (claims) parts.push(`Claims of 100, in milliseconds\n${claimTable(claims)}`);
  if (start) {
    parts.push(
      `Start\nclaim-batch --help ${start.claim_batch_ms} ms, an empty script ` +
        `${start.empty_ms} ms: ${start.ratio.toFixed(2)} times`,
    );
  }
  parts.push(`Targets\n${targetTable(report.targets)}`);
  return parts.join("\n\n");
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

function targetTable(targets: readonly Target[]): string {
  return textTable(
    ["target", "wanted", "measured", "by CPU", "verdict"],
    targets.map(({ target, wants, wanted, measured, by_cpu, met }) => [
      target,
      `${wants} ${wanted.toFixed(2)}`,
      times(measured),
      by_cpu === null ? null : times(by_cpu),
      met ? "met" : "missed",
    ]),
  );
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`.padStart(7);
}
