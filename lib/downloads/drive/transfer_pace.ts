/** How fast bytes come, and how long the rest will take. */

import type { DownloadProgress } from "../download_progress.ts";

const reportMs = 250;

/** Amounts of a transfer. */
export type TransferAmounts = Pick<
  DownloadProgress,
  "bytes" | "totalBytes" | "bytesPerSecond" | "etaMs"
>;

/** Watches a transfer and reports it, a few times a second at most. */
export class TransferPace {
  readonly #report: (amounts: TransferAmounts) => void;
  readonly #now: () => number;
  #startedAt: number;
  #startBytes = 0;
  #reportedAt = -Infinity;

  /** Makes a watch that has not begun. */
  constructor(
    report: (amounts: TransferAmounts) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#report = report;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Begins at a number of bytes that are there already: they did not come at this pace. */
  begin(bytes: number): void {
    this.#startedAt = this.#now();
    this.#startBytes = bytes;
  }

  /** Notes how many bytes are there, and how many there will be. */
  note(bytes: number, totalBytes: number | null, isLast: boolean = false): void {
    const now = this.#now();
    if (!isLast && now - this.#reportedAt < reportMs) return;
    this.#reportedAt = now;
    const elapsedMs = now - this.#startedAt;
    const bytesPerSecond = elapsedMs > 0 ? (bytes - this.#startBytes) / (elapsedMs / 1000) : null;
    const etaMs = totalBytes === null || bytesPerSecond === null || bytesPerSecond === 0
      ? null
      : Math.max(totalBytes - bytes, 0) / bytesPerSecond * 1000;
    this.#report({ bytes, totalBytes, bytesPerSecond, etaMs });
  }
}
