/**
 * The queue's benchmark: opsdeck against pg-boss, graphile-worker and hand-written SQL, on one
 * throw-away PostgreSQL with default durability that is removed at the end. Reports, and judges the
 * targets; a missed target is no failure.
 *
 * Example: deno task bench:queue --quick
 */

import { ValidationError } from "../../../lib/core/mod.ts";
import { defineCommand, runScript } from "../../../lib/core/command_line/mod.ts";
import { benchReport, reportText } from "./bench_report.ts";
import type { Measurements } from "./bench_results.ts";
import { startBenchServer } from "./bench_server.ts";
import { measureClaims, recordsClaimed } from "./measure_claims.ts";
import { measureDrain, measureEnqueue } from "./measure_rates.ts";
import { measureSnapshot } from "./measure_snapshot.ts";
import { measureStart } from "./measure_start.ts";
import { measureReports } from "./reports.ts";
import { startSystems } from "./running_systems.ts";

const parts = ["enqueue", "drain", "snapshot", "latency", "reports", "start"] as const;

const fullSize = {
  rounds: 3,
  records: 100_000,
  many: 1_000_000,
  claims: 90,
  reports: 7,
  starts: 21,
};
const quickSize = { rounds: 1, records: 10_000, many: 20_000, claims: 20, reports: 1, starts: 5 };

const options = {
  quick: { type: "boolean", description: "Small sizes: shows that it works, proves nothing" },
  rounds: {
    type: "integer",
    min: 1,
    max: 99,
    description: "Alternating rounds",
    defaultText: "3; 1 with --quick",
  },
  records: {
    type: "integer",
    min: 1000,
    max: 10_000_000,
    description: "Records of each enqueue and each drain",
    defaultText: "100000; 10000 with --quick",
  },
  only: {
    type: "string",
    placeholder: "PARTS",
    description: `The parts to measure, of ${parts.join(",")}`,
    defaultText: "all of them",
  },
} as const;

const command = defineCommand({
  summary: "Measure the queue against its peers and against hand-written SQL",
  options,
  examples: ["--only drain --rounds 5", "--quick --json"],
  permissions: () => Promise.resolve({ net: ["127.0.0.1"], read: [] }),
  async run(options, context) {
    const size = options.quick ? quickSize : fullSize;
    const { rounds = size.rounds, records = size.records } = options;
    const asked = parseParts(options.only);
    const { signal } = context;
    const note = (text: string) => context.note(text);

    await using server = await startBenchServer();
    const measured: Measurements = {};
    if (asked.has("enqueue") || asked.has("drain")) {
      await using systems = await startSystems(server);
      const howMuch = { rounds, records, signal, note };
      if (asked.has("enqueue")) measured.enqueue = await measureEnqueue(systems, howMuch);
      if (asked.has("drain")) measured.drain = await measureDrain(systems, howMuch);
    }
    if (asked.has("snapshot")) {
      measured.snapshot = await measureSnapshot(server, { records, rounds, signal, note });
    }
    if (asked.has("latency")) {
      const { claims, many } = size;
      const few = Math.max(10_000, recordsClaimed(claims));
      measured.claims = await measureClaims(server, { few, many, claims, signal, note });
    }
    if (asked.has("reports")) {
      const { many, reports } = size;
      measured.reports = await measureReports(server, { many, rounds: reports, signal, note });
    }
    if (asked.has("start")) {
      note("start of claim-batch --help");
      measured.start = await measureStart(size.starts, signal);
    }
    const { version: postgres } = server;
    const cpus = navigator.hardwareConcurrency;
    const report = benchReport({ postgres, cpus, rounds, records }, measured);
    context.result(report, () => reportText(report));
  },
});

function parseParts(text: string | undefined): Set<string> {
  const asked = new Set(text?.split(",").map((part) => part.trim()) ?? parts);
  const unknown = [...asked].filter((part) => !parts.some((known) => known === part));
  if (unknown.length === 0) return asked;
  throw new ValidationError(
    `Cannot measure "${unknown.join(",")}" as --only takes some of ${parts.join(",")}`,
    { code: "USAGE" },
  );
}

await runScript({
  name: "bench:queue",
  summary: command.summary,
  permissions: ["all: it starts servers and processes"],
  command,
}, import.meta.url);
