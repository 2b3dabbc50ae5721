/** Measures every program in turn, round after round. */

import { join } from "@std/path";
import { median } from "../frame/statistics.ts";
import { type CsvSystem, opsdeck, peers, runSystem } from "./csv_systems.ts";
import { writeTable } from "./table_file.ts";

/** How much is measured. */
export interface CsvBenchSize {
  /** The sizes of the tables for updates, in rows; the peers rewrite the middle one. */
  updateRows: readonly [number, number, number];
  /** How many updates a table gets in each round. */
  updates: number;
  /** How often a peer rewrites a table in each round. */
  rewrites: number;
  /** The size of the table for index and summary, in rows. */
  summaryRows: number;
  rounds: number;
}

/** A time and a peak of memory. */
export interface Cost {
  system: string;
  rows: number;
  /** The median of all single times, in milliseconds. */
  p50_ms: number;
  /** The median of the round in which it was the lowest: what other programs do only adds to it. */
  best_p50_ms: number;
  /** The mean, which has the checkpoints in it. */
  mean_ms: number;
  /** The most memory of any round, in MB; null where the system does not say. */
  peak_mb: number | null;
  is_whole_table: boolean;
}

/** All that was measured. */
export interface CsvMeasurements {
  updates: Cost[];
  rewrites: Cost[];
  index: Cost;
  summaries: Cost[];
}

/** Measures in a folder that the caller removes. */
export async function measureCsv(
  folder: string,
  size: CsvBenchSize,
  { signal, note }: { signal: AbortSignal; note: (text: string) => void },
): Promise<CsvMeasurements> {
  const samples = new Samples();
  const path = join(folder, "output.csv");
  for (let round = 1; round <= size.rounds; round++) {
    for (const rows of size.updateRows) {
      note(`round ${round}: updates of ${rows} rows`);
      await writeTable(path, rows);
      const args = ["update", path, `${size.updates}`, `${rows}`];
      samples.add("update opsdeck", rows, await runSystem([...opsdeck, ...args], signal));
    }
    const [, rows] = size.updateRows;
    for (const peer of peers) {
      const command = peer.command("rewrite", [path, `${size.rewrites}`]);
      if (command === undefined) continue;
      note(`round ${round}: ${peer.title} rewrites ${rows} rows`);
      await writeTable(path, rows);
      samples.add(`rewrite ${peer.title}`, rows, await runSystem(command, signal));
    }
    note(`round ${round}: summaries of ${size.summaryRows} rows`);
    await writeTable(path, size.summaryRows);
    samples.add("index", size.summaryRows, await runSystem([...opsdeck, "index", path], signal));
    const ours = await runSystem([...opsdeck, "summary", path], signal);
    samples.add("summary opsdeck", size.summaryRows, ours);
    for (const peer of peers) {
      const command = peer.command("summary", [path]);
      if (command === undefined) continue;
      note(`round ${round}: ${peer.title} counts ${size.summaryRows} rows`);
      const theirs = await runSystem(command, signal);
      requireSame(peer, ours.found, theirs.found);
      samples.add(`summary ${peer.title}`, size.summaryRows, theirs);
    }
  }
  const titles = peers.map(({ title }) => title);
  return {
    updates: size.updateRows.map((rows) => samples.cost("update opsdeck", "opsdeck", rows)),
    rewrites: titles.filter((title) => samples.has(`rewrite ${title}`))
      .map((title) => samples.cost(`rewrite ${title}`, title, size.updateRows[1])),
    index: samples.cost("index", "opsdeck", size.summaryRows),
    summaries: ["opsdeck", ...titles]
      .map((title) => samples.cost(`summary ${title}`, title, size.summaryRows)),
  };
}

class Samples {
  readonly #all = new Map<string, { ms: number[]; p50s: number[]; peaks: (number | null)[] }>();

  add(job: string, rows: number, { ms, peak_mb }: { ms: number[]; peak_mb: number | null }): void {
    const found = this.#all.get(`${job} ${rows}`) ?? { ms: [], p50s: [], peaks: [] };
    found.ms.push(...ms);
    found.p50s.push(median(ms));
    found.peaks.push(peak_mb);
    this.#all.set(`${job} ${rows}`, found);
    this.#all.set(job, found);
  }

  has(job: string): boolean {
    return this.#all.has(job);
  }

  cost(job: string, system: string, rows: number): Cost {
    const { ms, p50s, peaks } = this.#all.get(`${job} ${rows}`) ?? { ms: [], p50s: [], peaks: [] };
    const known = peaks.filter((peak) => peak !== null);
    return {
      system,
      rows,
      p50_ms: median(ms),
      best_p50_ms: Math.min(...p50s),
      mean_ms: ms.reduce((sum, one) => sum + one, 0) / ms.length,
      peak_mb: known.length === 0 ? null : Math.max(...known),
      is_whole_table: peers.some(({ title, isWholeTable }) => title === system && isWholeTable),
    };
  }
}

/** A program that counts something else does other work. */
function requireSame(peer: CsvSystem, ours: unknown, theirs: unknown): void {
  const sorted = (found: unknown) =>
    JSON.stringify(Object.entries(typeof found === "object" && found !== null ? found : {}).sort());
  if (sorted(ours) === sorted(theirs)) return;
  throw new Error(`${peer.title} counts ${sorted(theirs)}, opsdeck ${sorted(ours)}`);
}
