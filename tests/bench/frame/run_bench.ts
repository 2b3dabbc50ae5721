/** A benchmark as a script: its options, its parts, and its report with the targets at the end. */

import {
  defineCommand,
  type OptionTable,
  type OptionValues,
  runScript,
} from "../../../lib/core/command_line/mod.ts";
import { ValidationError } from "../../../lib/core/mod.ts";
import { type Target, targetTable } from "./target.ts";

/** How a benchmark is run. */
export interface BenchRun<Part extends string> {
  /** Small sizes: it shows that the benchmark works, and proves nothing. */
  quick: boolean;
  /** Alternating rounds. */
  rounds: number;
  /** Whether a part is to be measured. */
  asks(part: Part): boolean;
  /** Aborted to end early. */
  signal: AbortSignal;
  /** Says on stderr what is measured now. */
  note(text: string): void;
}

/** What a benchmark found. */
export interface BenchOutcome {
  /** What `--json` prints besides the targets. */
  report: object;
  /** Tables for people, in their order. */
  texts: string[];
  /** The aims with what was measured. */
  targets: Target[];
}

/** A benchmark. */
export interface Bench<Part extends string, Options extends OptionTable> {
  /** `queue` for the task `bench:queue`. */
  subject: string;
  /** What is measured, in a line. */
  summary: string;
  /** What `--only` chooses from. */
  parts: readonly Part[];
  /** Alternating rounds, unless asked otherwise; one with `--quick`. */
  rounds: number;
  /** Its own options. */
  options?: Options;
  /** Measures. A missed target is no failure. */
  measure(run: BenchRun<Part>, options: OptionValues<Options>): Promise<BenchOutcome>;
}

/** Runs a benchmark with the process's arguments, and ends the process. */
export async function runBench<Part extends string, Options extends OptionTable = OptionTable>(
  bench: Bench<Part, Options>,
  scriptUrl: string,
): Promise<never> {
  const { subject, summary, parts } = bench;
  const options = {
    quick: { type: "boolean", description: "Small sizes: shows that it works, proves nothing" },
    rounds: {
      type: "integer",
      min: 1,
      max: 999,
      description: "Alternating rounds",
      defaultText: `${bench.rounds}; 1 with --quick`,
    },
    only: {
      type: "string",
      placeholder: "PARTS",
      description: `The parts to measure, of ${parts.join(",")}`,
      defaultText: "all of them",
    },
  } as const;
  const command = defineCommand({
    summary,
    options: { ...bench.options, ...options },
    examples: [`--only ${parts[0]} --rounds 9`, "--quick --json"],
    permissions: () => Promise.resolve({ net: ["127.0.0.1"], read: [] }),
    async run(values, context) {
      // The table that types the options is the one that the values were read by.
      const own = values as unknown as OptionValues<Options>;
      const { quick, only, rounds = quick ? 1 : bench.rounds } = values as unknown as OptionValues<
        typeof options
      >;
      const asked = askedParts(only, parts);
      const { report, texts, targets } = await bench.measure({
        quick,
        rounds,
        asks: (part) => asked.has(part),
        signal: context.signal,
        note: (text) => context.note(text),
      }, own);
      const cpus = navigator.hardwareConcurrency;
      context.result(
        { subject, quick, rounds, cpus, ...report, targets },
        () =>
          [
            `${cpus} CPUs, ${rounds} ${rounds === 1 ? "round" : "rounds"}` +
            (quick ? "; small sizes: the verdicts prove nothing" : ""),
            ...texts,
            `Targets\n${targetTable(targets)}`,
          ].join("\n\n"),
      );
    },
  });
  return await runScript({
    name: `bench:${subject}`,
    summary,
    permissions: ["all: it starts servers and processes"],
    command,
  }, scriptUrl);
}

/** Reads a list with commas between; without one, all. */
export function askedParts(text: string | undefined, parts: readonly string[]): Set<string> {
  const asked = new Set(text?.split(",").map((part) => part.trim()) ?? parts);
  const unknown = [...asked].filter((part) => !parts.includes(part));
  if (unknown.length === 0) return asked;
  throw new ValidationError(
    `Cannot measure "${unknown.join(",")}" as --only takes some of ${parts.join(",")}`,
    { code: "USAGE" },
  );
}
