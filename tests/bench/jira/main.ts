/**
 * Jira's benchmark: opsdeck against jira.js on a loopback Jira that answers after 20 ms, a batch
 * under a burst limit, and the cache. Reports, and judges the targets.
 *
 * Example: deno task bench:jira --quick
 */

import { type BenchOutcome, runBench } from "../frame/run_bench.ts";
import { fetchTargets, fetchText, limitTargets, limitText } from "./bench_report.ts";
import { getTarget, getText, readTargets, readText } from "./cache/cache_report.ts";
import { measureGet } from "./cache/measure_get.ts";
import { measureReads } from "./cache/measure_reads.ts";
import { measureFetch } from "./measure_fetch.ts";
import { measureLimits } from "./measure_limits.ts";

await runBench({
  subject: "jira",
  summary: "Measure Jira's fetches, limits and cache against peers",
  parts: ["fetch", "limits", "reads", "get"],
  rounds: 5,
  async measure({ quick, rounds, asks, signal, note }) {
    const report: Record<string, unknown> = {};
    const { texts, targets }: BenchOutcome = { report, texts: [], targets: [] };
    if (asks("fetch")) {
      const issues = 1000;
      const results = await measureFetch({ issues, rounds, latencyMs: 20, signal, note });
      report["fetch"] = results;
      texts.push(`1,000 issues of 1 KB, 20 ms a call\n${fetchText(results)}`);
      targets.push(...fetchTargets(results, issues));
    }
    if (asks("limits")) {
      const requests = quick ? 300 : 2000;
      const results = await measureLimits({ requests, signal, note });
      report["limits"] = results;
      texts.push(`GETs under a limit of 50 at once and 100 a second\n${limitText(results)}`);
      targets.push(...limitTargets(results));
    }
    if (asks("reads")) {
      const [entries, reads] = quick ? [5_000, 10_000] : [100_000, 200_000];
      const results = await measureReads({ entries, reads, rounds, signal, note });
      report["reads"] = results;
      const sizes = `${entries.toLocaleString("en")} entries of 1 KB`;
      texts.push(`Reads of 1,000 hot keys of ${sizes}\n${readText(results)}`);
      targets.push(...readTargets(results));
    }
    if (asks("get")) {
      note("jira-batch cache get");
      const result = await measureGet(quick ? 5 : 31, signal);
      report["get"] = result;
      texts.push(getText(result));
      targets.push(getTarget(result));
    }
    return { report, texts, targets };
  },
}, import.meta.url);
