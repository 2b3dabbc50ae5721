/**
 * The queue's benchmark: opsdeck against pg-boss, graphile-worker and hand-written SQL, on one
 * throw-away PostgreSQL with default durability that is removed at the end. Reports, and judges the
 * targets.
 *
 * Example: deno task bench:queue --quick
 */

import { runBench } from "../frame/run_bench.ts";
import { benchReport, reportTexts } from "./bench_report.ts";
import type { Measurements } from "./bench_results.ts";
import { startBenchServer } from "./bench_server.ts";
import { measureClaims, recordsClaimed } from "./measure_claims.ts";
import { measureDrain, measureEnqueue } from "./measure_rates.ts";
import { measureSnapshot } from "./measure_snapshot.ts";
import { measureStart } from "./measure_start.ts";
import { measureReports } from "./reports.ts";
import { startSystems } from "./running_systems.ts";
import { judgeTargets } from "./targets.ts";

const fullSize = { records: 100_000, many: 1_000_000, claims: 90, reports: 7, starts: 21 };
const quickSize = { records: 10_000, many: 20_000, claims: 20, reports: 1, starts: 5 };

await runBench({
  subject: "queue",
  summary: "Measure the queue against its peers and against hand-written SQL",
  parts: ["enqueue", "drain", "snapshot", "latency", "reports", "start"],
  rounds: 3,
  options: {
    records: {
      type: "integer",
      min: 1000,
      max: 10_000_000,
      description: "Records of each enqueue and each drain",
      defaultText: `${fullSize.records}; ${quickSize.records} with --quick`,
    },
  },
  async measure({ quick, rounds, asks, signal, note }, options) {
    const size = quick ? quickSize : fullSize;
    const { records = size.records } = options;

    await using server = await startBenchServer();
    const measured: Measurements = {};
    if (asks("enqueue") || asks("drain")) {
      await using systems = await startSystems(server);
      const howMuch = { rounds, records, signal, note };
      if (asks("enqueue")) measured.enqueue = await measureEnqueue(systems, howMuch);
      if (asks("drain")) measured.drain = await measureDrain(systems, howMuch);
    }
    if (asks("snapshot")) {
      measured.snapshot = await measureSnapshot(server, { records, rounds, signal, note });
    }
    if (asks("latency")) {
      const { claims, many } = size;
      const few = Math.max(10_000, recordsClaimed(claims));
      measured.claims = await measureClaims(server, { few, many, claims, signal, note });
    }
    if (asks("reports")) {
      const { many, reports } = size;
      measured.reports = await measureReports(server, { many, rounds: reports, signal, note });
    }
    if (asks("start")) {
      note("start of claim-batch --help");
      measured.start = await measureStart(size.starts, signal);
    }
    const report = benchReport({ postgres: server.version, records }, measured);
    return { report, texts: reportTexts(report), targets: judgeTargets(measured) };
  },
}, import.meta.url);
