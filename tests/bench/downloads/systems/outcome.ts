/** What every measured program prints as its last line. */

/** The outcome of one program. */
export interface Outcome {
  /** The times of the single steps, in milliseconds. */
  ms: number[];
  /** The most memory that the process had, in MB (10^6 bytes); null where the system does not say. */
  peak_mb: number | null;
  /** What it found, to be compared between programs. */
  found: unknown;
}

/** Prints an outcome. */
export function printOutcome(ms: number[], found: unknown): void {
  const outcome: Outcome = { ms, peak_mb: peakMb(), found };
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(outcome)}\n`));
}

/** proc_pid_status(5): VmHWM is the peak of the resident set, in units of 1024 bytes. */
function peakMb(): number | null {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
    return kib === undefined ? null : Number(kib) * 1024 / 1e6;
  } catch {
    return null;
  }
}
