/** Measurements into medians and ratios. */

import { type ContenderName, contenderNames, contenders } from "./contenders.ts";
import type { ClaimTimes } from "./measure_claims.ts";
import type { DrainCell, SamplesByName } from "./measure_rates.ts";
import type { SnapshotCost } from "./measure_snapshot.ts";
import type { StartTimes } from "./measure_start.ts";
import type { ReportCost } from "./reports.ts";
import type { Sample } from "./running_systems.ts";
import { median, pairedRatio, percentile } from "../frame/statistics.ts";

/** What was measured; a part that was not asked for is missing. */
export interface Measurements {
  enqueue?: SamplesByName;
  drain?: DrainCell[];
  snapshot?: SnapshotCost;
  claims?: ClaimTimes[];
  reports?: ReportCost[];
  start?: StartTimes;
}

/** One system at one kind of work: medians over the rounds. */
export interface RateResult {
  system: string;
  records_per_second: number;
  slowest: number;
  fastest: number;
  postgres_us: number;
  client_us: number;
  /** opsdeck's rate over this one's, the median of the rounds' quotients. */
  opsdeck_ratio: number;
  /** This one's CPU time for each record over opsdeck's. */
  opsdeck_cpu_ratio: number;
}

/** The drains of one kind. */
export interface DrainResult {
  batch_size: number;
  loops: number;
  systems: RateResult[];
}

/** Claims of one system in one state of the table. */
export interface ClaimResult {
  system: string;
  depth: string;
  p50_ms: number;
  p99_ms: number;
  /** Its p50 over that of the same system's first state. */
  ratio_to_first: number;
}

/** How long starting takes. */
export interface StartResult {
  claim_batch_ms: number;
  empty_ms: number;
  ratio: number;
}

/** Gives the rates of one kind of work, in the systems' order. */
export function rateResults(samples: SamplesByName): RateResult[] {
  const ours = samples["opsdeck"] ?? [];
  return contenderNames.flatMap((name) => {
    const theirs = samples[name];
    if (theirs === undefined) return [];
    const rates = theirs.map(ratePerSecond);
    return [{
      system: contenders[name].title,
      records_per_second: Math.round(median(rates)),
      slowest: Math.round(Math.min(...rates)),
      fastest: Math.round(Math.max(...rates)),
      postgres_us: rounded(median(theirs.map((sample) => sample.serverUs))),
      client_us: rounded(median(theirs.map((sample) => sample.clientUs))),
      opsdeck_ratio: rounded(pairedRatio(ours.map(ratePerSecond), rates)),
      opsdeck_cpu_ratio: rounded(pairedRatio(theirs.map(cpuUs), ours.map(cpuUs))),
    }];
  });
}

/** Gives the drains. */
export function drainResults(cells: readonly DrainCell[]): DrainResult[] {
  return cells.map(({ batchSize, loops, samples }) => ({
    batch_size: batchSize,
    loops,
    systems: rateResults(samples),
  }));
}

/** Gives the claims. */
export function claimResults(times: readonly ClaimTimes[]): ClaimResult[] {
  const firstP50 = new Map<ContenderName, number>();
  return times.map(({ name, depth, ms }) => {
    const p50 = median(ms);
    const first = firstP50.get(name) ?? p50;
    firstP50.set(name, first);
    return {
      system: contenders[name].title,
      depth,
      p50_ms: rounded(p50),
      p99_ms: rounded(percentile(ms, 0.99)),
      ratio_to_first: rounded(p50 / first),
    };
  });
}

/** Gives the start times. */
export function startResult({ claimBatchMs, emptyMs }: StartTimes): StartResult {
  return {
    claim_batch_ms: rounded(median(claimBatchMs)),
    empty_ms: rounded(median(emptyMs)),
    ratio: rounded(pairedRatio(claimBatchMs, emptyMs)),
  };
}

/** Gives the rate of a sample. */
export function ratePerSecond(sample: Sample): number {
  return sample.records * 1000 / sample.ms;
}

/** Gives the CPU time of a sample for each record, of server and client, in microseconds. */
export function cpuUs(sample: Sample): number {
  return sample.serverUs + sample.clientUs;
}

/** Rounds to two places. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
