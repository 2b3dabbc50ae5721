/** The results for people and for programs, with the targets. */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import type { Cost, CsvMeasurements } from "./measure_csv.ts";

/** One aim with what was measured. */
export interface CsvTarget {
  target: string;
  /** The most that is wanted. */
  wanted: number;
  measured: number;
  met: boolean;
}

/** The whole report, as `--json` prints it. */
export interface CsvReport extends CsvMeasurements {
  cpus: number;
  rounds: number;
  targets: CsvTarget[];
}

/** Makes the report. */
export function csvReport(
  measured: CsvMeasurements,
  { cpus, rounds }: { cpus: number; rounds: number },
): CsvReport {
  const { updates, rewrites, summaries } = measured;
  const [, middle] = updates;
  const [ours, ...others] = summaries;
  const whole = others.filter((cost) => cost.is_whole_table);
  const bests = updates.map((cost) => cost.best_p50_ms);
  const rewrite = Math.min(...rewrites.map((cost) => cost.p50_ms));
  const fastest = Math.min(...others.map((cost) => cost.p50_ms));
  const leanest = Math.min(...whole.map((cost) => cost.peak_mb ?? NaN));
  const targets = [
    atMost("durable update against the fastest parse-and-rewrite", 1 / 1000, middle, rewrite),
    atMost("durable update, slowest table against fastest (best round)", 2, {
      p50_ms: Math.max(...bests),
    }, Math.min(...bests)),
    atMost("summary time against the fastest of all", 1 / 3, ours, fastest),
    atMost("summary memory against the leanest whole table", 1 / 4, {
      p50_ms: ours?.peak_mb ?? NaN,
    }, leanest),
  ];
  return { cpus, rounds, ...measured, targets };
}

/** Writes the report as aligned tables, the targets last. */
export function csvReportText(report: CsvReport): string {
  const { cpus, rounds, updates, rewrites, index, summaries, targets } = report;
  return [
    `${cpus} CPUs, ${rounds} rounds; times in milliseconds, memory is the process's peak`,
    `Durable update of one row\n${costTable([...updates, ...rewrites])}`,
    `Index\n${costTable([index])}`,
    `Summary\n${costTable(summaries)}`,
    `Targets\n${
      textTable(
        ["target", "at most", "measured", "verdict"],
        targets.map(({ target, wanted, measured, met }) => [
          target,
          wanted.toPrecision(3),
          measured.toPrecision(3),
          met ? "met" : "missed",
        ]),
      )
    }`,
  ].join("\n\n");
}

function costTable(costs: readonly Cost[]): string {
  return textTable(
    ["system", "rows", "p50", "best round", "mean", "MB"],
    costs.map(({ system, rows, p50_ms, best_p50_ms, mean_ms, peak_mb }) => [
      system,
      rows,
      p50_ms.toFixed(2).padStart(9),
      best_p50_ms.toFixed(2).padStart(9),
      mean_ms.toFixed(2).padStart(9),
      peak_mb === null ? null : peak_mb.toFixed(0).padStart(6),
    ]),
  );
}

function atMost(
  target: string,
  wanted: number,
  ours: Pick<Cost, "p50_ms"> | undefined,
  theirs: number,
): CsvTarget {
  const measured = (ours?.p50_ms ?? NaN) / theirs;
  return { target, wanted, measured, met: measured <= wanted };
}
