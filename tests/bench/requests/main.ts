/**
 * The requests benchmark: `restore-files` against lftp and rclone, whole processes, on a private
 * sshd with and without copy-data, its files in memory where that can be had; `findRequests` over
 * few and many requests, against bare SQL; and the memory that scripts take at most over few and
 * many requests (Linux). Judges the targets.
 *
 * Example: deno task bench:requests --quick
 */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import { type BenchOutcome, runBench } from "../frame/run_bench.ts";
import { median } from "../frame/statistics.ts";
import { atMost } from "../frame/target.ts";
import { measureFind } from "./measure_find.ts";
import { measureFindMemory, measureRestoreMemory, type MemoryPeaks } from "./measure_memory.ts";
import { measureRestore } from "./measure_restore.ts";

/** Our time over the other's, and our memory over many requests to that over few, at most. */
const wanted = { server: 0.4, client: 0.6, growth: 2, bare: 1.5, memory: 2 } as const;

await runBench({
  subject: "requests",
  summary: "Measure restores against lftp and rclone, finding against bare SQL, and memory",
  parts: ["restore", "find", "memory"],
  rounds: 3,
  async measure({ quick, rounds, asks, note }) {
    const report: Record<string, unknown> = {};
    const { texts, targets }: BenchOutcome = { report, texts: [], targets: [] };
    if (asks("restore")) {
      for (const hasCopyData of [true, false]) {
        const title = `restore, ${hasCopyData ? "copy-data" : "through the client"}`;
        note(title);
        const seconds = await measureRestore({
          files: quick ? 100 : 1000,
          rounds,
          hasCopyData,
        });
        report[title] = seconds;
        texts.push(`${title}\n${secondsTable(seconds)}`);
        const { opsdeck = [], "opsdeck --verify": _, ...peers } = seconds;
        const medians = Object.values(peers).filter((times) => times.length > 0).map(median);
        targets.push(atMost(
          `${title}, to the faster peer`,
          hasCopyData ? wanted.server : wanted.client,
          medians.length === 0 ? null : median(opsdeck) / Math.min(...medians),
        ));
      }
    }
    if (asks("find")) {
      const [few, many] = quick ? [5_000, 100_000] as const : [50_000, 5_000_000] as const;
      note(`finding among ${few} and ${many} requests`);
      const small = await measureFind(few, rounds);
      const large = await measureFind(many, rounds);
      report[`find among ${few}`] = small;
      report[`find among ${many}`] = large;
      texts.push(`Find, in milliseconds\n${findTable({ [few]: small, [many]: large })}`);
      targets.push(
        atMost("find one district, many to few", wanted.growth, large.one / small.one),
        ...[small, large].map(({ all, bareAll }, index) =>
          atMost(
            `find all districts among ${[few, many][index]}, to bare SQL`,
            wanted.bare,
            all / bareAll,
          )
        ),
      );
    }
    if (asks("memory")) {
      const results = quick ? [1_000, 10_000] as const : [10_000, 500_000] as const;
      const files = quick ? [100, 1_000] as const : [1_000, 20_000] as const;
      const peaks: Record<string, MemoryPeaks> = {};
      note("memory of find-requests");
      peaks["find-requests"] = await measureFindMemory(results, []);
      peaks["find-requests --json"] = await measureFindMemory(results, ["--json"]);
      note("memory of restore-files");
      peaks["restore-files"] = await measureRestoreMemory(files);
      report["peak memory, MiB"] = peaks;
      texts.push(`Peak memory\n${memoryTable(peaks)}`);
      // What became of each id is a Map by contract, so restores are shown and not judged.
      for (const script of ["find-requests", "find-requests --json"]) {
        const { few, many } = peaks[script] ?? {};
        if (few === undefined || many === undefined) continue;
        targets.push(
          atMost(
            `memory of ${script}, ${many.requests} to ${few.requests}`,
            wanted.memory,
            many.mebibytes / few.mebibytes,
          ),
        );
      }
    }
    return { report, texts, targets };
  },
}, import.meta.url);

function secondsTable(seconds: Record<string, number[]>): string {
  return textTable(
    ["program", "seconds", "fastest", "slowest"],
    Object.entries(seconds).map(([program, times]) => [
      program,
      ...[median(times), Math.min(...times), Math.max(...times)].map((time) => time.toFixed(2)),
    ]),
  );
}

function findTable(times: Record<string, { one: number; all: number; bareAll: number }>): string {
  return textTable(
    ["requests", "one district", "all districts", "all by bare SQL"],
    Object.entries(times).map(([count, { one, all, bareAll }]) => [
      count,
      ...[one, all, bareAll].map((ms) => ms.toFixed(1)),
    ]),
  );
}

function memoryTable(peaks: Record<string, MemoryPeaks>): string {
  return textTable(
    ["script", "requests", "MiB"],
    Object.entries(peaks).flatMap(([script, { few, many }]) =>
      [few, many].map(({ requests, mebibytes }) => [script, requests, mebibytes.toFixed(0)])
    ),
  );
}
