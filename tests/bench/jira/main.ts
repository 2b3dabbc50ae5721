/**
 * Jira's benchmark: opsdeck against jira.js on a loopback Jira that answers after 20 ms, and a batch
 * under a burst limit. Reports, and judges the targets; a missed target is no failure.
 *
 * Example: deno task bench:jira --quick
 */

import { defineCommand, runScript } from "../../../lib/core/command_line/mod.ts";
import { ValidationError } from "../../../lib/core/mod.ts";
import {
  fetchTargets,
  fetchText,
  limitTargets,
  limitText,
  type Target,
  targetText,
} from "./bench_report.ts";
import { getTarget, getText, readTargets, readText } from "./cache/cache_report.ts";
import { measureGet } from "./cache/measure_get.ts";
import { measureReads } from "./cache/measure_reads.ts";
import { measureFetch } from "./measure_fetch.ts";
import { measureLimits } from "./measure_limits.ts";

const parts = ["fetch", "limits", "reads", "get"] as const;

const options = {
  quick: { type: "boolean", description: "Small sizes: shows that it works, proves nothing" },
  rounds: {
    type: "integer",
    min: 1,
    max: 99,
    description: "Alternating rounds",
    defaultText: "5; 1 with --quick",
  },
  only: {
    type: "string",
    placeholder: "PARTS",
    description: `The parts to measure, of ${parts.join(",")}`,
    defaultText: "all of them",
  },
} as const;

const command = defineCommand({
  summary: "Measure Jira's fetches, limits and cache against peers",
  options,
  examples: ["--only fetch --rounds 9", "--quick --json"],
  permissions: () => Promise.resolve({ net: ["127.0.0.1"], read: [] }),
  async run(options, context) {
    const { rounds = options.quick ? 1 : 5 } = options;
    const asked = parseParts(options.only);
    const { signal } = context;
    const note = (text: string) => context.note(text);
    const report: Record<string, unknown> = { cpus: navigator.hardwareConcurrency, rounds };
    const texts: string[] = [];
    const targets: Target[] = [];

    if (asked.has("fetch")) {
      const issues = 1000;
      const results = await measureFetch({ issues, rounds, latencyMs: 20, signal, note });
      report["fetch"] = results;
      texts.push(`1,000 issues of 1 KB, 20 ms a call\n${fetchText(results)}`);
      targets.push(...fetchTargets(results, issues));
    }
    if (asked.has("limits")) {
      const requests = options.quick ? 300 : 2000;
      const results = await measureLimits({ requests, signal, note });
      report["limits"] = results;
      texts.push(`GETs under a limit of 50 at once and 100 a second\n${limitText(results)}`);
      targets.push(...limitTargets(results));
    }
    if (asked.has("reads")) {
      const [entries, reads] = options.quick ? [5_000, 10_000] : [100_000, 200_000];
      const results = await measureReads({ entries, reads, rounds, signal, note });
      report["reads"] = results;
      const sizes = `${entries.toLocaleString("en")} entries of 1 KB`;
      texts.push(`Reads of 1,000 hot keys of ${sizes}\n${readText(results)}`);
      targets.push(...readTargets(results));
    }
    if (asked.has("get")) {
      note("jira-batch cache get");
      const result = await measureGet(options.quick ? 5 : 31, signal);
      report["get"] = result;
      texts.push(getText(result));
      targets.push(getTarget(result));
    }
    report["targets"] = targets;
    texts.push(`Targets\n${targetText(targets)}`);
    context.result(report, () => texts.join("\n\n"));
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
  name: "bench:jira",
  summary: command.summary,
  permissions: ["all: it starts servers and processes"],
  command,
}, import.meta.url);
