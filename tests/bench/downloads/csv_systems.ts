/** The programs that are compared, each measured in a process of its own. */

import { fromFileUrl } from "@std/path";
import type { Outcome } from "./systems/outcome.ts";

/** How one program is started for each job that it can do. */
export interface CsvSystem {
  /** What the report calls it. */
  title: string;
  /** The command for a job and its arguments; undefined when it does not do the job. */
  command(job: "summary" | "rewrite", args: readonly string[]): string[] | undefined;
  /** Whether it holds the whole table: the targets are against these. */
  isWholeTable: boolean;
}

const here = (name: string) => fromFileUrl(new URL(name, import.meta.url));
const rootConfig = here("../../../deno.json");
const benchConfig = here("../deno.json");

/** A whole table of a million rows needs more than V8's usual limit. */
const denoArgs = ["run", "-q", "-A", "--v8-flags=--max-old-space-size=16000"];

function deno(config: string, program: string): string[] {
  return [Deno.execPath(), ...denoArgs, `--config=${config}`, here(program)];
}

/** What opsdeck runs. */
export const opsdeck = deno(rootConfig, "systems/opsdeck.ts");

/** The others. */
export const peers: readonly CsvSystem[] = [
  {
    title: "@std/csv",
    command: (job, args) => [...deno(rootConfig, "systems/std_csv.ts"), job, ...args],
    isWholeTable: true,
  },
  {
    title: "csv-parse",
    command: (job, args) => [...deno(benchConfig, "peers/csv_parse.ts"), job, ...args],
    isWholeTable: true,
  },
  {
    title: "Python csv",
    command: (job, args) => ["python3", here("systems/python_csv.py"), job, ...args],
    isWholeTable: true,
  },
  {
    title: "csv-parse, row by row",
    command: (job, args) =>
      job === "summary"
        ? [...deno(benchConfig, "peers/csv_parse_stream.ts"), job, ...args]
        : undefined,
    isWholeTable: false,
  },
  {
    title: "Python csv, row by row",
    command: (job, args) =>
      job === "summary" ? ["python3", here("systems/python_csv.py"), "stream", ...args] : undefined,
    isWholeTable: false,
  },
];

/** Runs a program to its end and gives what it printed. */
export async function runSystem(
  [program = "", ...args]: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    signal,
  }).output();
  if (!success) {
    throw new Error(`Cannot measure "${program} ${args.join(" ")}": ${decode(stderr)}`);
  }
  return JSON.parse(decode(stdout));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
