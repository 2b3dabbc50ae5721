/** A progress line with count, rate and time left, for people at a terminal. */

import { formatDuration } from "./duration.ts";
import { formatCount } from "./quantity.ts";
import { setStatusLine } from "../terminal.ts";

const redrawMs = 100;

/** What a progress line says. */
export interface ProgressOptions {
  /** What is being done, such as `Adding records`. */
  label: string;
  /** How many there are in all, when known: then the line shows percent and time left. */
  total?: number;
  /** The word behind the rate. Defaults to `records`. */
  unit?: string;
  /** Writes counts and rates, without a word behind the rate. By default a number with a unit. */
  format?: (count: number) => string;
}

/** A running count; dispose of it to take the line away. */
export interface Progress extends Disposable {
  /** Counts more of it; `detail` is asked for what the end of the line says when one is drawn. */
  advance(count: number, detail?: () => string): void;
}

/** Makes a progress line; when `isShown` is false it only counts. */
export function createProgress(
  options: ProgressOptions,
  isShown: boolean,
  now: () => number = Date.now,
): Progress {
  const startedAt = now();
  let count = 0;
  let drawnAt = -Infinity;

  return {
    advance(by: number, detail?: () => string): void {
      count += by;
      if (!isShown || now() - drawnAt < redrawMs) return;
      drawnAt = now();
      setStatusLine(
        progressText({ ...options, count, elapsedMs: now() - startedAt, detail: detail?.() }),
      );
    },
    [Symbol.dispose](): void {
      if (isShown) setStatusLine("");
    },
  };
}

interface ProgressState {
  label: string;
  total?: number | undefined;
  unit?: string | undefined;
  format?: ((count: number) => string) | undefined;
  count: number;
  elapsedMs: number;
  detail: string | undefined;
}

/** Writes the line for a state: label, count, percent, rate, time left, detail. */
export function progressText(state: ProgressState): string {
  const { label, total, count, elapsedMs, detail, unit = "records" } = state;
  const format = state.format ?? formatCount;
  const rate = elapsedMs > 0 ? count / (elapsedMs / 1000) : 0;
  const parts = [`${label} ${format(count)}`];
  if (total !== undefined && total > 0) {
    parts[0] += ` of ${format(total)} (${Math.floor((count / total) * 100)} %)`;
  }
  if (rate > 0) {
    parts.push(
      state.format === undefined
        ? `${rate.toFixed(rate < 10 ? 1 : 0)} ${unit}/s`
        : `${format(rate)}/s`,
    );
  }
  if (total !== undefined && rate > 0 && count < total) {
    parts.push(`${formatDuration(((total - count) / rate) * 1000)} left`);
  }
  if (detail) parts.push(detail);
  return parts.join(", ");
}
