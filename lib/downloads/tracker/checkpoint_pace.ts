/** When changes go from the journal into the CSV, so that both stay small in cost. */

/** Limits after which a checkpoint is due; every one has a default. */
export interface CheckpointLimits {
  /** Bytes of changes. Defaults to a quarter of the CSV, at least 256 KiB and at most 16 MiB. */
  checkpointBytes?: number;
  /** Milliseconds since the last checkpoint. Defaults to 60 000. */
  checkpointMs?: number;
}

const fewestBytes = 256 * 1024;
const mostBytes = 16 * 1024 * 1024;
const defaultMs = 60_000;

/** A fold reads and writes the whole CSV: it is to take at most this part of the time. */
const foldShare = 1 / 50;

/** Says when a checkpoint is due. */
export class CheckpointPace {
  readonly #limits: CheckpointLimits;
  #lastAt = performance.now();
  #intervalMs: number;
  #lastFailed = false;

  /** Begins to count. */
  constructor(limits: CheckpointLimits) {
    this.#limits = limits;
    this.#intervalMs = limits.checkpointMs ?? defaultMs;
  }

  /** Tells whether a checkpoint is due. */
  isDue(journalBytes: number, csvBytes: number): boolean {
    if (journalBytes === 0) return false;
    if (performance.now() - this.#lastAt >= this.#intervalMs) return true;
    const quarter = Math.min(Math.max(csvBytes / 4, fewestBytes), mostBytes);
    // After one that failed, only time brings the next one.
    return !this.#lastFailed && journalBytes >= (this.#limits.checkpointBytes ?? quarter);
  }

  /** Notes a checkpoint and how long it took. */
  note(tookMs: number, succeeded: boolean): void {
    this.#lastAt = performance.now();
    this.#lastFailed = !succeeded;
    this.#intervalMs = Math.max(this.#limits.checkpointMs ?? defaultMs, tookMs / foldShare);
  }
}
