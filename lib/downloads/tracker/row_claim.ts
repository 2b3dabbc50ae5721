/** A row that this process is at, and nobody else. */

import type { RowContext } from "../row_context.ts";
import type { LockedCsv } from "./csv_store.ts";
import type { RowLocks } from "./row_locks.ts";
import type { RetryRule } from "./row_state.ts";
import { type ClaimedDownload, recordClaim, recordRelease, type RowKey } from "./row_updates.ts";
import type { DownloadChoice } from "./tracking_columns.ts";

/** A claimed row, until it is released or its process ends in any way. */
export class RowClaim implements AsyncDisposable {
  /** The row, as it is in the CSV now. */
  readonly row_context: RowContext;
  /** What is to be downloaded for it; at least one. */
  readonly downloads: readonly ClaimedDownload[];
  #release: (() => Promise<void>) | undefined;

  /** Wraps a claim; `release` gives it up. */
  constructor(
    row_context: RowContext,
    downloads: readonly ClaimedDownload[],
    release: () => Promise<void>,
  ) {
    this.row_context = row_context;
    this.downloads = downloads;
    this.#release = release;
  }

  /**
   * Lets others have the row. A download for which no result was recorded gets its earlier status
   * back. A second call does nothing.
   */
  async release(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }

  /** The same as {@link release}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/** Takes a row, if nobody has it and it wants anything; undefined else. */
export async function claimRow(
  locks: RowLocks,
  withCsv: <T>(action: (csv: LockedCsv) => T | Promise<T>, signal?: AbortSignal) => Promise<T>,
  { row, choice, rule, signal }: {
    row: RowKey;
    choice: DownloadChoice;
    rule: RetryRule;
    signal: AbortSignal | undefined;
  },
): Promise<RowClaim | undefined> {
  const lock = await locks.tryAcquire(row.row_id, signal);
  if (lock === undefined) return undefined;
  try {
    const claimed = await withCsv((csv) => recordClaim(csv, row, choice, rule), signal);
    if (claimed !== undefined) {
      const { row: { context }, downloads } = claimed;
      return new RowClaim(context, downloads, async () => {
        using _lock = lock;
        await withCsv((csv) => recordRelease(csv, context, downloads));
      });
    }
  } catch (error) {
    lock.release();
    throw error;
  }
  lock.release();
  return undefined;
}
