/**
 * Runs all benchmarks in turn and prints one table of what they reach. A missed target is no
 * failure; a benchmark that cannot be run is one, and the others are run all the same.
 *
 * Example: deno task bench --only queue,sftp
 */

import { fromFileUrl } from "@std/path";
import { defineCommand, runScript } from "../../lib/core/command_line/mod.ts";
import { askedParts } from "./frame/run_bench.ts";
import { type Target, targetTable } from "./frame/target.ts";

const subjects = ["queue", "sftp", "requests", "downloads", "jira", "binary"] as const;

const command = defineCommand({
  summary: "Run all benchmarks in turn and print one table of what they reach",
  options: {
    quick: { type: "boolean", description: "Small sizes: shows that they work, proves nothing" },
    only: {
      type: "string",
      placeholder: "SUBJECTS",
      description: `The benchmarks to run, of ${subjects.join(",")}`,
      defaultText: "all of them",
    },
  },
  examples: ["--quick", "--only queue,sftp --json"],
  permissions: () => Promise.resolve({ net: ["127.0.0.1"], read: [] }),
  async run({ quick, only }, context) {
    const asked = askedParts(only, subjects);
    const targets: (Target & { subject: string })[] = [];
    const failed: string[] = [];
    for (const subject of subjects.filter((name) => asked.has(name))) {
      context.signal.throwIfAborted();
      context.note(`\n${subject}`);
      const reached = await runSubject(subject, quick, context.signal);
      if (reached === undefined) failed.push(subject);
      else targets.push(...reached.map((target) => ({ subject, ...target })));
    }
    context.signal.throwIfAborted();
    context.result({ quick, targets, failed }, () =>
      [
        targetTable(targets),
        ...quick ? ["Small sizes: the verdicts prove nothing"] : [],
        ...failed.map((subject) => `${subject}: it could not be measured; the reason is above`),
      ].join("\n"));
    return failed.length === 0 ? 0 : 1;
  },
});

/** Runs a benchmark as a process; undefined when it fails. What it says goes to stderr. */
async function runSubject(
  subject: string,
  quick: boolean,
  signal: AbortSignal,
): Promise<Target[] | undefined> {
  const main = fromFileUrl(new URL(`${subject}/main.ts`, import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-prompt", "--allow-all", `--config=${config}`, main, "--json"],
      ...quick ? ["--quick"] : [],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal,
  }).spawn();
  const { success, stdout } = await child.output();
  if (!success) return undefined;
  const { targets }: { targets: Target[] } = JSON.parse(new TextDecoder().decode(stdout));
  return targets;
}

await runScript({
  name: "bench",
  summary: command.summary,
  permissions: ["all: it starts servers and processes"],
  command,
}, import.meta.url);
