/** The results for people and for programs, with the targets. */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import { atMost, type Target } from "../frame/target.ts";
import type { Cost, CsvMeasurements } from "./measure_csv.ts";

/** Judges what was measured. */
export function csvTargets({ updates, rewrites, summaries }: CsvMeasurements): Target[] {
  const [, middle] = updates;
  const [ours, ...others] = summaries;
  const bests = updates.map((cost) => cost.best_p50_ms);
  const rewrite = Math.min(...rewrites.map((cost) => cost.p50_ms));
  const fastest = Math.min(...others.map((cost) => cost.p50_ms));
  const wholes = others.filter((cost) => cost.is_whole_table);
  const leanest = Math.min(...wholes.map((cost) => cost.peak_mb ?? NaN));
  const ratio = (mine: number | null | undefined, theirs: number) => (mine ?? NaN) / theirs;
  return [
    atMost(
      "durable update against the fastest parse-and-rewrite",
      1 / 1000,
      ratio(middle?.p50_ms, rewrite),
    ),
    atMost(
      "durable update, slowest table against fastest (best round)",
      2,
      Math.max(...bests) / Math.min(...bests),
    ),
    atMost("summary time against the fastest of all", 1 / 3, ratio(ours?.p50_ms, fastest)),
    atMost("summary memory against the leanest whole table", 1 / 4, ratio(ours?.peak_mb, leanest)),
  ];
}

/** Writes the measurements as aligned tables. */
export function csvTexts({ updates, rewrites, index, summaries }: CsvMeasurements): string[] {
  return [
    "Times in milliseconds; memory is the process's peak",
    `Durable update of one row\n${costTable([...updates, ...rewrites])}`,
    `Index\n${costTable([index])}`,
    `Summary\n${costTable(summaries)}`,
  ];
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
