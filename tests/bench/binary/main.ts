/**
 * The benchmark of executables: how they start when they are unpacked, against their scripts under
 * `deno run`, and how long the first start takes, which unpacks. Builds them in a folder that is
 * removed at the end. Reports, and judges the target.
 *
 * Example: deno task bench:binary --quick
 */

import { join } from "@std/path";
import { textTable } from "../../../lib/core/command_line/mod.ts";
import { buildExecutables } from "../../../lib/binaries/mod.ts";
import { temporaryFolder } from "../../support/temporary_folder.ts";
import { createThrowawayCluster } from "../../support/throwaway_cluster.ts";
import { runBench } from "../frame/run_bench.ts";
import { median, pairedRatio } from "../frame/statistics.ts";
import { atMost } from "../frame/target.ts";
import { measureStarts, type StartLoad } from "./measure_starts.ts";

/** An executable's time over its script's, at most. */
const wantedRatio = 1.3;

const loads: readonly StartLoad[] = [
  { title: "claim-batch --help", name: "claim-batch", args: ["--help"] },
  { title: "queue status", name: "queue", args: ["status", "--json"] },
  {
    title: "claim-batch with a handler",
    name: "claim-batch",
    args: ["--flow", "bench", "--handler", "handler.ts", "--drain", "--json"],
  },
];

await runBench({
  subject: "binary",
  summary: "Measure how executables start, against their scripts",
  parts: ["start"],
  rounds: 31,
  async measure({ quick, rounds, signal, note }) {
    await using cluster = await createThrowawayCluster();
    await using folder = await temporaryFolder("bench-binary");
    const { executables: [executable] } = await buildExecutables({
      scripts: ["claim-batch", "queue"],
      out: join(folder.path, "dist"),
      launcherOnly: true,
      dryRun: false,
    }, { signal, note });
    const { firstMs, times } = await measureStarts(loads, {
      folder: folder.path,
      databaseUrl: cluster.url(),
      rounds: quick ? Math.max(rounds, 3) : rounds,
      signal,
      note,
    });

    const starts = times.map(({ title, executableMs, scriptMs }) => ({
      start: title,
      executable_ms: Math.round(median(executableMs)),
      script_ms: Math.round(median(scriptMs)),
      ratio: Math.round(pairedRatio(executableMs, scriptMs) * 100) / 100,
    }));
    const megabytes = Math.round((executable?.bytes ?? 0) / 1e5) / 10;
    return {
      report: { megabytes, first_start_ms: Math.round(firstMs), starts },
      texts: [
        `${megabytes} MB each; the first start, which unpacks, takes ${Math.round(firstMs)} ms`,
        textTable(
          ["start", "executable ms", "script ms", "ratio"],
          starts.map((row) => [row.start, row.executable_ms, row.script_ms, row.ratio]),
        ),
      ],
      targets: starts.map(({ start, ratio }) =>
        atMost(`executable over script: ${start}`, wantedRatio, ratio)
      ),
    };
  },
}, import.meta.url);
