/** The benchmark's results for people and for programs. */

import { textTable } from "../../../lib/core/command_line/mod.ts";
import { median, pairedRatio } from "../frame/statistics.ts";
import { atMost, type Target } from "../frame/target.ts";
import type { Direction } from "./contenders.ts";
import type { Sample } from "./measure.ts";

/** The runs of one kind of work. */
export interface Cell {
  line: string;
  load: string;
  direction: Direction;
  /** The ratio to the fastest peer that is wanted, at most; undefined where nothing is claimed. */
  wanted: number | undefined;
  /** The runs by program, one a round. */
  samples: Record<string, Sample[]>;
}

/** One program at one kind of work: medians over the rounds. */
export interface ProgramResult {
  program: string;
  seconds: number;
  fastest: number;
  slowest: number;
  cpu_seconds: number;
  peak_mb: number | null;
  /** Our time over its, the median of the rounds' quotients. */
  opsdeck_ratio: number;
}

/** One kind of work. */
export interface CellResult {
  line: string;
  load: string;
  direction: Direction;
  programs: ProgramResult[];
  fastest_peer: string | null;
  ratio: number | null;
  wanted: number | null;
  met: boolean | null;
}

const wantedPeakMb = 150;

/** Judges the times where something is claimed of them, and the memory. */
export function sftpTargets(cells: readonly Cell[]): Target[] {
  const times = cells.map(cellResult).flatMap(({ line, load, direction, wanted, ratio }) => {
    const target = `${load} ${direction}, ${line}: times the fastest peer`;
    return wanted === null ? [] : [atMost(target, wanted, ratio)];
  });
  const peaks = cells.flatMap(({ samples }) => (samples["opsdeck"] ?? []).map((one) => one.peakMb));
  return [...times, atMost("most memory, in MB", wantedPeakMb, rounded(Math.max(...peaks)))];
}

/** Writes the table of one kind of work. */
export function cellText(result: CellResult): string {
  const { line, load, direction, programs, fastest_peer, ratio, wanted, met } = result;
  const verdict = ratio === null
    ? "no peer is installed"
    : `${ratio.toFixed(2)} times the fastest peer's time (${fastest_peer})` +
      (wanted === null ? "" : `, wanted at most ${wanted}: ${met ? "met" : "missed"}`);
  return `${load} ${direction}, ${line}\n${programTable(programs)}\n${verdict}`;
}

/** Gives medians and ratios of one kind of work. */
export function cellResult({ line, load, direction, wanted, samples }: Cell): CellResult {
  const ours = (samples["opsdeck"] ?? []).map(({ ms }) => ms);
  const programs = Object.entries(samples).map(([program, runs]): ProgramResult => {
    const times = runs.map(({ ms }) => ms);
    const peak = Math.max(...runs.map(({ peakMb }) => peakMb));
    return {
      program,
      seconds: seconds(median(times)),
      fastest: seconds(Math.min(...times)),
      slowest: seconds(Math.max(...times)),
      cpu_seconds: seconds(median(runs.map(({ cpuMs }) => cpuMs))),
      peak_mb: Number.isNaN(peak) ? null : rounded(peak),
      opsdeck_ratio: rounded(pairedRatio(ours, times)),
    };
  });
  const peers = programs.filter(({ program }) => program !== "opsdeck");
  const fastest = peers.toSorted((a, b) => a.seconds - b.seconds)[0];
  const ratio = fastest?.opsdeck_ratio ?? null;
  return {
    line,
    load,
    direction,
    programs,
    fastest_peer: fastest?.program ?? null,
    ratio,
    wanted: wanted ?? null,
    met: ratio === null || wanted === undefined ? null : ratio <= wanted,
  };
}

function programTable(programs: readonly ProgramResult[]): string {
  return textTable(
    ["program", "seconds", "fastest", "slowest", "CPU s", "peak MB", "opsdeck takes"],
    programs.map((one) => [
      one.program,
      one.seconds.toFixed(2).padStart(7),
      one.fastest.toFixed(2).padStart(7),
      one.slowest.toFixed(2).padStart(7),
      one.cpu_seconds.toFixed(2).padStart(5),
      one.peak_mb === null ? null : one.peak_mb.toFixed(0).padStart(7),
      `${one.opsdeck_ratio.toFixed(2)}x`.padStart(13),
    ]),
  );
}

function seconds(ms: number): number {
  return rounded(ms / 1000);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
