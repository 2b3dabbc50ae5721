/** Reads of a hot set: `JiraCache.get` against the bare row, keyv and python-diskcache. */

import { fromFileUrl, join } from "@std/path";
import { median, pairedRatio } from "../../frame/statistics.ts";
import type { ReadTiming } from "./cache_program.ts";

/** What one way of reading took. */
export interface ReadResult {
  /** The way. */
  name: string;
  /** Median of the rounds, in microseconds a read, by the clock. */
  us: number;
  /** The same by CPU time. */
  cpu_us: number;
  /** How many times opsdeck's CPU time, medians of paired rounds. */
  times_opsdeck: number;
}

/** How to measure. */
export interface ReadMeasure {
  entries: number;
  reads: number;
  rounds: number;
  signal: AbortSignal;
  note: (text: string) => void;
}

interface Program {
  name: string;
  command: string;
  args: string[];
  /** Reads that take this many times longer are fewer, so that a round stays short. */
  slower: number;
}

const python = "python3";

/**
 * Fills the caches once, then reads them in turn, each in a process of its own.
 *
 * python-diskcache (Debian's python3-diskcache) is left out, with a word, where Python lacks it.
 */
export async function measureReads(options: ReadMeasure): Promise<ReadResult[]> {
  const { entries, reads, rounds, signal, note } = options;
  const folder = await Deno.makeTempDir({ prefix: "opsdeck-bench-cache-" });
  try {
    const programs = [deno("systems/opsdeck_cache.ts", "../../../deno.json", 1)];
    programs.push(deno("peers/keyv_sqlite.ts", "../deno.json", 4));
    if (await hasDiskcache()) {
      programs.push({
        name: "diskcache",
        command: python,
        args: [pathOf("peers/diskcache_lru.py")],
        slower: 20,
      });
    } else {
      note(
        "python-diskcache is not measured as Python has no module diskcache: install python3-diskcache",
      );
    }
    const path = (program: Program) => join(folder, program.name.replace(/\W/g, "-"));
    for (const program of programs) {
      note(`cache, filling ${program.name} with ${entries} entries`);
      await run(program, ["fill", path(program), String(entries)], signal);
    }
    const timings = new Map<string, ReadTiming[]>();
    for (let round = 1; round <= rounds; round++) {
      note(`cache, round ${round} of ${rounds}`);
      for (const program of programs) {
        const count = String(Math.ceil(reads / program.slower));
        const text = await run(program, ["read", path(program), String(entries), count], signal);
        // The other end is a program of this folder.
        const answer = JSON.parse(text) as Record<string, ReadTiming>;
        for (const [name, timing] of Object.entries(answer)) {
          timings.set(name, [...timings.get(name) ?? [], timing]);
        }
      }
    }
    const cpuOf = (list: readonly ReadTiming[] = []) => list.map(({ cpuUs }) => cpuUs);
    return [...timings].map(([name, list]) => ({
      name,
      us: rounded(median(list.map(({ us }) => us))),
      cpu_us: rounded(median(cpuOf(list))),
      times_opsdeck: rounded(pairedRatio(cpuOf(list), cpuOf(timings.get("opsdeck")))),
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function deno(program: string, config: string, slower: number): Program {
  const flags = ["-q", "--no-prompt", "--allow-all", `--config=${pathOf(config)}`];
  const args = ["run", ...flags, pathOf(program)];
  return { name: program, command: Deno.execPath(), args, slower };
}

async function hasDiskcache(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(python, {
      args: ["-c", "import diskcache"],
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function run(program: Program, args: readonly string[], signal: AbortSignal) {
  const { success, stdout, stderr } = await new Deno.Command(program.command, {
    args: [...program.args, ...args],
    signal,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`Cannot measure ${program.name}: ${decode(stderr)}`);
  return decode(stdout);
}

function pathOf(relative: string): string {
  return fromFileUrl(new URL(`../${relative}`, import.meta.url));
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
