/** What a benchmark wants to reach, and whether it did. */

import { textTable } from "../../../lib/core/command_line/mod.ts";

/** One aim with what was measured. */
export interface Target {
  /** What is compared. */
  target: string;
  /** Which side of the wanted value is good. */
  wants: "at least" | "at most" | "exactly";
  /** The value that is wanted. */
  wanted: number;
  /** What was measured; null when the peer to measure against is not installed. */
  measured: number | null;
  /** The same by CPU time, which a noisy machine changes less, where that was measured. */
  by_cpu?: number;
  /** Whether it is good enough; null when it was not measured. */
  met: boolean | null;
}

/** Judges a value that may be this much at most. */
export function atMost(target: string, wanted: number, measured: number | null): Target {
  const met = measured === null ? null : measured <= wanted;
  return { target, wants: "at most", wanted, measured: rounded(measured), met };
}

/** Judges a value that must be this much at least. */
export function atLeast(target: string, wanted: number, measured: number | null): Target {
  const met = measured === null ? null : measured >= wanted;
  return { target, wants: "at least", wanted, measured: rounded(measured), met };
}

/** Judges a count. */
export function exactly(target: string, wanted: number, measured: number): Target {
  return { target, wants: "exactly", wanted, measured, met: measured === wanted };
}

/** Writes targets as a table, under the headings of their subjects when there are several. */
export function targetTable(targets: readonly (Target & { subject?: string })[]): string {
  const hasCpu = targets.some(({ by_cpu }) => by_cpu !== undefined);
  const hasSubject = targets.some(({ subject }) => subject !== undefined);
  return textTable(
    [
      ...hasSubject ? ["subject"] : [],
      "target",
      "wanted",
      "measured",
      ...hasCpu ? ["by CPU"] : [],
      "verdict",
    ],
    targets.map(({ subject, target, wants, wanted, measured, by_cpu, met }) => [
      ...hasSubject ? [subject] : [],
      target,
      `${wants} ${short(wanted)}`,
      measured === null ? null : short(measured).padStart(8),
      ...hasCpu ? [by_cpu === undefined ? null : short(by_cpu).padStart(6)] : [],
      met === null ? "no peer is installed" : met ? "met" : "MISSED",
    ]),
  );
}

/** Three digits that count: a ratio may be a thousandth. */
function rounded(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return value;
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
