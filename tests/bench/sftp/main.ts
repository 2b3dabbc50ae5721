/**
 * The SFTP benchmark: `sftp-files` against OpenSSH's sftp, lftp and rclone, whole processes, on a
 * stock sshd that is removed at the end. Reports, and judges the targets.
 *
 * Example: deno task bench:sftp --quick
 */

import { join } from "@std/path";
import { type BenchRun, runBench } from "../frame/run_bench.ts";
import { type BenchFiles, benchFiles, checkCarried, type Load } from "./bench_files.ts";
import { type BenchLine, longLine, loopback } from "./bench_line.ts";
import { type Cell, cellResult, cellText, sftpTargets } from "./bench_report.ts";
import { type BenchServer, startBenchServer } from "./bench_server.ts";
import { contenders, type Direction } from "./contenders.ts";
import { measure, type Sample } from "./measure.ts";

const longRoundTripMs = 20;
const directions: readonly Direction[] = ["down", "up"];

const fullLoads = {
  small: { title: "2,000 files of 20 KiB", files: 2000, bytes: 20 * 1024 },
  big: { title: "1 file of 512 MiB", files: 1, bytes: 512 * 1024 * 1024 },
};
const quickLoads = {
  small: { title: "100 files of 20 KiB", files: 100, bytes: 20 * 1024 },
  big: { title: "1 file of 8 MiB", files: 1, bytes: 8 * 1024 * 1024 },
};

/** Our time over the fastest peer's, at most. */
const wanted = {
  "loopback small": { down: 0.6, up: 0.75 },
  "loopback big": { down: 1.5, up: 1.6 },
  "long small": { down: 0.4, up: 0.4 },
  "long big": { down: 1, up: 1 },
} as const;

type CellName = keyof typeof wanted;
const cellNames: readonly CellName[] = [
  "loopback small",
  "loopback big",
  "long small",
  "long big",
];

await runBench({
  subject: "sftp",
  summary: "Measure SFTP transfers against sftp, lftp and rclone",
  parts: cellNames,
  rounds: 5,
  async measure({ quick, rounds, asks, signal, note }) {
    const loads = quick ? quickLoads : fullLoads;
    await using files = benchFiles();
    const cells: Cell[] = [];
    for (const where of ["loopback", "long"] as const) {
      const sizes = (["small", "big"] as const).filter((size) => asks(`${where} ${size}`));
      if (sizes.length === 0) continue;
      await using line = where === "long" ? await longLine(longRoundTripMs) : loopback();
      await using server = await startBenchServer(line);
      for (const size of sizes) {
        for (const direction of directions) {
          const cell: Cell = {
            line: line.title,
            load: loads[size].title,
            direction,
            wanted: quick ? undefined : wanted[`${where} ${size}`][direction],
            samples: await measureCell(
              { server, line, files, load: loads[size], direction, rounds },
              { signal, note },
            ),
          };
          cells.push(cell);
          note(`${cellText(cellResult(cell))}\n`);
        }
      }
    }
    const results = cells.map(cellResult);
    return {
      report: { files_in: files.place, results },
      texts: [
        `OpenSSH sshd as it comes, files in ${files.place}; whole processes, medians of the rounds`,
        ...results.map(cellText),
      ],
      targets: sftpTargets(cells),
    };
  },
}, import.meta.url);

interface Work {
  server: BenchServer;
  line: BenchLine;
  files: BenchFiles;
  load: Load;
  direction: Direction;
  rounds: number;
}

/** Runs all programs in turn, another one first each round. */
async function measureCell(
  { server, line, files, load, direction, rounds }: Work,
  { signal, note }: Pick<BenchRun<CellName>, "signal" | "note">,
): Promise<Record<string, Sample[]>> {
  const from = files.source(load);
  const samples: Record<string, Sample[]> = {};
  const isLong = line.listenAddress !== "127.0.0.1" || line.title !== "loopback";
  for (let round = 0; round < rounds; round++) {
    note(`${load.title} ${direction}, ${line.title}: round ${round + 1} of ${rounds}`);
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      const to = join(files.root, "target");
      const scratch = join(files.root, "scratch");
      Deno.mkdirSync(to);
      Deno.mkdirSync(scratch);
      const parallel = isLong ? 32 : 8;
      const job = { server, direction, from, to, scratch, parallel };
      const invocation = contender?.invoke(job);
      if (contender !== undefined && invocation !== undefined) {
        const sample = await measure(invocation, signal);
        checkCarried(to, load);
        (samples[contender.name] ??= []).push(sample);
      }
      Deno.removeSync(to, { recursive: true });
      Deno.removeSync(scratch, { recursive: true });
    }
  }
  return samples;
}
