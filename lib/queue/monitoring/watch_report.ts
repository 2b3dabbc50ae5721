/** A report again and again: in place on a terminal, one after another elsewhere. */

import { delay, OpsdeckError, ValidationError } from "../../core/mod.ts";

/** How a report is watched. */
export interface WatchOptions<T> {
  /** The pause between two reports, in milliseconds, at least 100. */
  intervalMs: number;
  /** Gives the terminal's height in lines, for reports in place; undefined off a terminal. */
  rows: (() => number) | undefined;
  /** Ends it. */
  signal: AbortSignal;
  /** Makes a report. */
  read: (signal: AbortSignal) => Promise<T>;
  /** Writes a report for people, without a newline at the end. */
  text: (report: T) => string;
  /** Prints a report: as JSON, or as the text that is given. */
  print: (report: T, text: () => string) => void;
  /** Hears of a report that could not be made; the next one is tried all the same. */
  onTrouble: (error: OpsdeckError) => void;
}

const shortestMs = 100;

/**
 * Makes and prints reports until the signal comes. A database that goes away is told of and asked
 * again; one that is away at the start is an error.
 *
 * @throws ValidationError for an interval under 100 ms; whatever the first report throws.
 */
export async function watchReport<T>(options: WatchOptions<T>): Promise<void> {
  const { intervalMs, rows, signal } = options;
  checkInterval(intervalMs);
  let shownLines = 0;
  let isFirst = true;
  while (!signal.aborted) {
    try {
      const report = await options.read(signal);
      options.print(report, () => {
        const text = options.text(report);
        if (rows === undefined) return `${text}\n`;
        const lines = text.split("\n").slice(0, Math.max(1, rows() - 1));
        const frame = inPlace(lines, shownLines);
        shownLines = lines.length;
        return frame;
      });
      isFirst = false;
    } catch (error) {
      if (signal.aborted) break;
      if (isFirst || !(error instanceof OpsdeckError) || !error.retryable) throw error;
      options.onTrouble(error);
      // What was said stands below the report now; the next one goes below that.
      shownLines = 0;
    }
    await delay(intervalMs, { signal }).catch(() => {});
  }
}

/**
 * Gives the pause between two reports, in milliseconds; undefined when one report is wanted.
 *
 * @throws ValidationError when it is under 100 ms, or named without watching.
 */
export function watchInterval(
  { watch, interval }: { watch: boolean; interval?: number | undefined },
): number | undefined {
  if (!watch && interval !== undefined) {
    throw new ValidationError("Cannot use --interval alone as it goes with --watch; add --watch", {
      code: "USAGE",
    });
  }
  if (!watch) return undefined;
  const intervalMs = interval ?? 2000;
  checkInterval(intervalMs);
  return intervalMs;
}

function checkInterval(intervalMs: number): void {
  if (intervalMs >= shortestMs) return;
  throw new ValidationError(
    `Cannot watch the queue as the interval must be at least ${shortestMs} ms: it is ` +
      `${intervalMs} ms`,
    { code: "USAGE" },
  );
}

/**
 * Gives what a terminal needs to show lines in the place of those before: the cursor goes up over
 * them, and each line is overwritten and its rest cleared, so that nothing flickers. Lines are cut
 * at the terminal's edge for the while, as a wrapped one would count as two.
 */
export function inPlace(lines: readonly string[], linesBefore: number): string {
  const start = linesBefore === 0 ? "" : `\x1b[${linesBefore}F`;
  return `\x1b[?7l${start}${lines.map((line) => `${line}\x1b[K`).join("\n")}\x1b[J\x1b[?7h`;
}
