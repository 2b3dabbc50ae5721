/** What opsdeck wants to reach, and whether it did. */

import { atLeast, atMost, type Target } from "../frame/target.ts";
import { cpuUs, type Measurements, ratePerSecond, rounded } from "./bench_results.ts";
import type { ContenderName } from "./contenders.ts";
import type { DrainCell, SamplesByName } from "./measure_rates.ts";
import { wantedSnapshotRatios } from "./measure_snapshot.ts";
import { wantedReportRatio } from "./reports.ts";
import type { Sample } from "./running_systems.ts";
import { median, pairedRatio } from "../frame/statistics.ts";

/** Gives every target for which something was measured. */
export function judgeTargets(measured: Measurements): Target[] {
  const { enqueue, drain, snapshot, claims, reports = [], start } = measured;
  const targets: Target[] = [];
  for (const { batchSize, loops, samples } of drain ?? []) {
    const what = `drain, batch ${batchSize}, ${loops === 1 ? "1 loop" : `${loops} loops`}`;
    targets.push(...against("pg-boss", what, samples, 1.75));
    if (batchSize === 500 && loops === 1) {
      targets.push(...against("graphile-worker", what, samples, 1.15));
    }
    if (batchSize === 500 && loops === 4) {
      const best = { ...samples, "graphile-worker": bestOfGraphileWorker(drain ?? []) };
      targets.push(...against("graphile-worker", `${what}, its best`, best, 1.5));
    }
    targets.push(...against("raw SQL", what, samples, 0.9));
  }
  if (enqueue) {
    targets.push(...against("pg-boss", "enqueue", enqueue, 3));
    targets.push(...against("graphile-worker", "enqueue", enqueue, 2.5));
  }
  if (snapshot) {
    const { rate_ratio, cpu_ratio } = snapshot;
    const { rate, cpu } = wantedSnapshotRatios;
    const met = rate_ratio >= rate && cpu_ratio <= cpu;
    const target = `last fifth of a drain under a held snapshot (CPU at most ${cpu})`;
    targets.push({ ...atLeast(target, rate, rate_ratio), by_cpu: cpu_ratio, met });
  }
  for (const { report, table, ratio } of reports) {
    targets.push(atMost(`queue ${report}, ${table}`, wantedReportRatio, ratio));
  }
  const p50s = (claims ?? []).filter((times) => times.name === "opsdeck")
    .map((times) => median(times.ms));
  if (p50s.length > 0) {
    const spread = Math.max(...p50s) / Math.min(...p50s);
    targets.push(atMost("claim p50, slowest state against fastest", 1.5, spread));
  }
  if (start) {
    const ratio = pairedRatio(start.claimBatchMs, start.emptyMs);
    targets.push(atMost("claim-batch --help against an empty script", 1.5, ratio));
  }
  return targets;
}

function against(
  name: ContenderName,
  what: string,
  samples: SamplesByName,
  wanted: number,
): Target[] {
  const { opsdeck: ours, [name]: theirs } = samples;
  if (ours === undefined || theirs === undefined || theirs.length === 0) return [];
  const measured = pairedRatio(ours.map(ratePerSecond), theirs.map(ratePerSecond));
  return [{
    ...atLeast(`${what}: against ${name}`, wanted, measured),
    by_cpu: rounded(pairedRatio(theirs.map(cpuUs), ours.map(cpuUs))),
  }];
}

/** Each round's faster one of a single process and several. */
function bestOfGraphileWorker(cells: readonly DrainCell[]): Sample[] {
  const [one = [], ...others] = cells.map((cell) => cell.samples["graphile-worker"] ?? [])
    .filter((samples) => samples.length > 0);
  return one.map((sample, round) =>
    others.map((samples) => samples[round]).filter((other) => other !== undefined)
      .reduce((best, other) => ratePerSecond(other) > ratePerSecond(best) ? other : best, sample)
  );
}
