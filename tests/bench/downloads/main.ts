/**
 * The tracker's benchmark: opsdeck against @std/csv, csv-parse and Python's csv module, on files
 * in a temporary folder that is removed at the end. Judges the targets.
 *
 * Example: deno task bench:downloads --quick
 */

import { temporaryFolder } from "../../support/temporary_folder.ts";
import { runBench } from "../frame/run_bench.ts";
import { csvTargets, csvTexts } from "./csv_report.ts";
import { type CsvBenchSize, measureCsv } from "./measure_csv.ts";

const fullSize: Omit<CsvBenchSize, "rounds"> = {
  updateRows: [1_000, 100_000, 1_000_000],
  updates: 1_000,
  rewrites: 5,
  summaryRows: 1_000_000,
};

const quickSize: Omit<CsvBenchSize, "rounds"> = {
  updateRows: [500, 2_000, 10_000],
  updates: 100,
  rewrites: 2,
  summaryRows: 20_000,
};

await runBench({
  subject: "downloads",
  summary: "Measure the CSV tracker against programs that parse and rewrite",
  parts: ["tracker"],
  rounds: 3,
  async measure({ quick, rounds, signal, note }) {
    const size = { ...quick ? quickSize : fullSize, rounds };
    await using folder = await temporaryFolder("bench-csv");
    const report = await measureCsv(folder.path, size, { signal, note });
    return { report, texts: csvTexts(report), targets: csvTargets(report) };
  },
}, import.meta.url);
