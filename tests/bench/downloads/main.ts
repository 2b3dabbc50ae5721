/**
 * The tracker's benchmark: opsdeck against @std/csv, csv-parse and Python's csv module, on files
 * in a temporary folder that is removed at the end. Judges the targets; a missed one is no failure.
 *
 * Example: deno task bench:downloads --quick
 */

import { defineCommand, runScript } from "../../../lib/core/command_line/mod.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { csvReport, csvReportText } from "./csv_report.ts";
import { type CsvBenchSize, measureCsv } from "./measure_csv.ts";

const fullSize: CsvBenchSize = {
  updateRows: [1_000, 100_000, 1_000_000],
  updates: 1_000,
  rewrites: 5,
  summaryRows: 1_000_000,
  rounds: 3,
};

const quickSize: CsvBenchSize = {
  updateRows: [500, 2_000, 10_000],
  updates: 100,
  rewrites: 2,
  summaryRows: 20_000,
  rounds: 1,
};

const options = {
  quick: { type: "boolean", description: "Small sizes: shows that it works, proves nothing" },
  rounds: {
    type: "integer",
    min: 1,
    max: 99,
    description: "Alternating rounds",
    defaultText: "3; 1 with --quick",
  },
} as const;

const command = defineCommand({
  summary: "Measure the CSV tracker against programs that parse and rewrite",
  options,
  examples: ["--rounds 5", "--quick --json"],
  permissions: () => Promise.resolve({ net: [], read: [] }),
  async run(options, context) {
    const size = options.quick ? quickSize : fullSize;
    const { rounds = size.rounds } = options;
    await using folder = await temporaryFolder("bench-csv");
    const measured = await measureCsv(folder.path, { ...size, rounds }, {
      signal: context.signal,
      note: (text) => context.note(text),
    });
    const report = csvReport(measured, { cpus: navigator.hardwareConcurrency, rounds });
    context.result(report, () => csvReportText(report));
  },
});

await runScript({
  name: "bench:downloads",
  summary: command.summary,
  permissions: ["all: it starts processes"],
  command,
}, import.meta.url);
