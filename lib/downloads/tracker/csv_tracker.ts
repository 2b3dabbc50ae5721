/** Tracking the downloads of a CSV's rows in the CSV itself. */

import { getLogger, ValidationError } from "../../core/mod.ts";
import type { DownloadResult } from "../download_result.ts";
import type { DownloadType } from "../download_type.ts";
import { CheckpointPace } from "./checkpoint_pace.ts";
import { CsvStore } from "./csv_store.ts";
import type { FoldReport } from "./loaded_csv.ts";
import { realCsvPath } from "./open_csv.ts";
import { claimRow, type RowClaim } from "./row_claim.ts";
import { type RowLocks, rowLocks } from "./row_locks.ts";
import { requireDownloadChoice, requireDownloadType, type RetryRule } from "./row_state.ts";
import { recordReset, recordResult, type RowKey } from "./row_updates.ts";
import { Turns } from "./turns.ts";
import { type CsvTrackerOptions, defaultLockTimeoutMs } from "./tracker_options.ts";
import { type CsvColumns, defaultCsvColumns, type DownloadChoice } from "./tracking_columns.ts";

const log = getLogger("downloads");

/** The trackers of this process that are open, by path and columns. */
const openTrackers = new Map<string, CsvTracker>();

/**
 * A run's hold on a CSV: updates are durable when their calls return and cost the same in a CSV of
 * any size. They are in a journal beside the CSV until a checkpoint folds them in: now and then,
 * and when the tracker is closed.
 *
 * Any number of processes may have one CSV open, and other programs may change it in between: rows
 * are found by `row_id` wherever they are. All bytes but those of the tracking columns stay as they
 * were.
 *
 * @example
 * ```ts ignore
 * await using tracker = await CsvTracker.open("output.csv");
 * for (const row of await getPendingDownloads("output.csv")) {
 *   await using claim = await tracker.claim(row);
 *   for (const { download_type, url } of claim?.downloads ?? []) {
 *     const result = await download(url, row);
 *     await tracker.update(row.row_index, download_type, result);
 *   }
 * }
 * ```
 */
export class CsvTracker implements AsyncDisposable {
  /** The CSV's path, absolute and without symbolic links. */
  readonly csvPath: string;
  readonly #store: CsvStore;
  readonly #locks: RowLocks;
  readonly #pace: CheckpointPace;
  readonly #now: () => Date;
  readonly #key: string;
  readonly #turns = new Turns();
  #closed: Promise<void> | undefined;

  private constructor(csvPath: string, key: string, store: CsvStore, options: CsvTrackerOptions) {
    this.csvPath = csvPath;
    this.#key = key;
    this.#store = store;
    this.#locks = rowLocks(csvPath);
    this.#pace = new CheckpointPace(options);
    this.#now = options.now ?? (() => new Date());
  }

  /**
   * Opens a CSV and reads it once.
   *
   * @param csvPath a relative one starts where the script was started
   * @throws FileOperationError when the CSV cannot be read or written, and with the code
   * `DATA_CORRUPTION` (exit code 3) when its journal is damaged.
   * @throws ValidationError with the code `CSV_INVALID` when it is no proper CSV or lacks columns,
   * and `DATA_CORRUPTION` when a `row_id` is empty or there twice; with line and column.
   */
  static async open(
    csvPath: string = "output.csv",
    options: CsvTrackerOptions = {},
  ): Promise<CsvTracker> {
    const { lockTimeoutMs = defaultLockTimeoutMs, signal } = options;
    const path = await realCsvPath(csvPath);
    const columns = { ...defaultCsvColumns, ...options.columns };
    const store = new CsvStore(path, { columns, lockTimeoutMs });
    try {
      await store.locked(() => {}, signal);
    } catch (error) {
      store[Symbol.dispose]();
      throw error;
    }
    const key = trackerKey(path, columns);
    const tracker = new CsvTracker(path, key, store, options);
    if (!openTrackers.has(key)) openTrackers.set(key, tracker);
    return tracker;
  }

  /** Gives a tracker of this process that has a CSV open, if there is one. */
  static async findOpen(
    csvPath: string,
    columns: Partial<CsvColumns> = {},
  ): Promise<CsvTracker | undefined> {
    const path = await realCsvPath(csvPath);
    return openTrackers.get(trackerKey(path, { ...defaultCsvColumns, ...columns }));
  }

  /**
   * Adds the tracking columns that the CSV lacks, at the end of each row.
   *
   * @returns whether any was missing
   */
  async ensureTrackingColumns(): Promise<boolean> {
    const { columns } = await this.#inTurn(() => this.#store.fold(true));
    return columns > 0;
  }

  /**
   * Records the result of a download: status, files, media id, time, and for a failure the attempt
   * in the error history. Durable when the call returns.
   *
   * @param rowIndex where the row probably is; it is found by its `row_id` all the same
   * @throws ValidationError with the code `DATA_CORRUPTION` when the row has another personality
   * type than the result's, and `ROW_NOT_FOUND` when it is gone. Nothing is changed then.
   * @throws FileOperationError when the journal cannot be written.
   */
  async update(
    rowIndex: number,
    downloadType: DownloadType,
    result: DownloadResult,
  ): Promise<void> {
    requireDownloadType(downloadType);
    const now = this.#now();
    await this.#inTurn(async () => {
      await this.#store.locked((csv) => recordResult(csv, downloadType, result, { rowIndex, now }));
      await this.#store.sync();
    });
    await this.#checkpointIfDue();
  }

  /**
   * Takes a row for this process: marks what it still wants as `downloading` and holds the row's
   * lock until the claim is released.
   *
   * @param downloadType which downloads of the row; defaults to `both`
   * @returns undefined when another holds the row, or nothing of it is wanted any more
   * @throws ValidationError with the code `DATA_CORRUPTION` when the row has another type.
   */
  async claim(
    row: RowKey,
    downloadType: DownloadChoice = "both",
    { signal, ...rule }: RetryRule & { signal?: AbortSignal | undefined } = {},
  ): Promise<RowClaim | undefined> {
    requireDownloadChoice(downloadType);
    return await claimRow(
      this.#locks,
      (action, end) => this.#inTurn(() => this.#store.locked(action, end)),
      { row, choice: downloadType, rule, signal },
    );
  }

  /**
   * Makes a row look as if nothing had been downloaded for it: status `pending`, no files, no media
   * id, no failed attempts. It takes the row's present type for the right one. The files stay.
   *
   * @returns false when there is no such row
   * @throws ValidationError with the code `ROW_CLAIMED` when a process is at the row.
   */
  async reset(rowId: string, downloadType: DownloadChoice): Promise<boolean> {
    requireDownloadChoice(downloadType);
    using lock = await this.#locks.tryAcquire(rowId);
    if (lock === undefined) {
      throw new ValidationError(
        `Cannot reset row ${JSON.stringify(rowId)} as a process is downloading for it; wait for it`,
        { code: "ROW_CLAIMED", context: { row_id: rowId, file_path: this.csvPath } },
      );
    }
    return await this.#inTurn(async () => {
      const isThere = await this.#store.locked((csv) => recordReset(csv, rowId, downloadType));
      await this.#store.sync();
      return isThere;
    });
  }

  /**
   * Folds the changes of all processes into the CSV, which is replaced as a whole.
   *
   * @throws FileOperationError when it cannot be written, ValidationError as {@link CsvTracker.open}
   * does; the changes then stay in the journal.
   */
  async checkpoint(): Promise<FoldReport> {
    const startedAt = performance.now();
    let succeeded = false;
    try {
      const report = await this.#inTurn(() => this.#store.fold(false));
      succeeded = true;
      return report;
    } finally {
      this.#pace.note(performance.now() - startedAt, succeeded);
    }
  }

  /**
   * Folds the changes in and closes all files. Safe to call twice.
   *
   * @throws the errors of {@link checkpoint}; all is closed then too, and nothing is lost.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    if (openTrackers.get(this.#key) === this) openTrackers.delete(this.#key);
    try {
      await this.#turns.run(() => this.#store.fold(false));
    } finally {
      this.#store[Symbol.dispose]();
      await this.#locks.tidyUp();
    }
  }

  /** What was acknowledged is durable already: a checkpoint that fails is tried again later. */
  async #checkpointIfDue(): Promise<void> {
    if (!this.#pace.isDue(this.#store.journalBytes, this.#store.csvBytes)) return;
    try {
      await this.checkpoint();
    } catch (error) {
      log.warning("Cannot fold the journal into {path} yet: {reason}", {
        path: this.csvPath,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed === undefined) return await this.#turns.run(work);
    throw new ValidationError(`Cannot use the tracker of '${this.csvPath}' as it is closed`, {
      code: "CLOSED",
    });
  }
}

function trackerKey(path: string, columns: CsvColumns): string {
  return JSON.stringify([path, Object.entries(columns).sort()]);
}
