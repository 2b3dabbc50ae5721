/**
 * The CSV, its index and its journal as one: what is written is in the journal at once, and in the
 * CSV after the next fold. Several processes have the same CSV open; each notices what the others
 * and other programs did before it does anything itself.
 */

import { FileOperationError, toFileError } from "../../core/mod.ts";
import type { CsvCursor } from "./csv/csv_cursor.ts";
import { type FileIdentity, identityOf, isSameContent } from "./csv_identity.ts";
import type { JournalEntry } from "./journal_entry.ts";
import { type FoldReport, loadCsv, type LoadedCsv, replaceCsv } from "./loaded_csv.ts";
import { PendingChanges } from "./pending_changes.ts";
import type { RowIndex } from "./row_index.ts";
import { TrackerLock } from "./tracker_lock.ts";
import type { ColumnPlaces, CsvColumns } from "./tracking_columns.ts";
import { TrackingJournal } from "./tracking_journal.ts";

/** How often the CSV is read anew without its lock before everybody else has to wait for it. */
const unlockedLoads = 2;
/** How often reading or writing begins again because another program has saved the CSV meanwhile. */
const maxLoads = 5;

/** How a {@link CsvStore} works. */
export interface CsvStoreOptions {
  /** The names of the columns. */
  columns: CsvColumns;
  /** The longest wait for the lock, in milliseconds. */
  lockTimeoutMs: number;
}

/** What is seen of the CSV while its lock is held. */
export interface LockedCsv {
  /** What the journal says and the CSV does not yet. */
  changes: PendingChanges;
  /** Which field is which. */
  columns: ColumnPlaces;
  /** Reads a row by its id, or else gives undefined. */
  find(rowId: string, rowIndex?: number): { row: CsvCursor; rowIndex: number } | undefined;
  /** Appends to the journal. */
  append(entry: JournalEntry): void;
  /** Says that a row is not what it should be, with its line. */
  error(rowIndex: number, reason: string): Promise<Error>;
}

/** One process's hold on a CSV and its journal. Calls are to come one after the other. */
export class CsvStore implements Disposable {
  /** The real path of the CSV. */
  readonly path: string;
  readonly #options: CsvStoreOptions;
  readonly #lock: TrackerLock;
  readonly #journal: TrackingJournal;
  readonly #changes = new PendingChanges();
  #loaded: LoadedCsv | undefined;

  /** Names the CSV by its real path; nothing is opened yet. */
  constructor(path: string, options: CsvStoreOptions) {
    this.path = path;
    this.#options = options;
    this.#lock = new TrackerLock(path);
    this.#journal = new TrackingJournal(path);
  }

  /** How many bytes of changes wait for a fold. */
  get journalBytes(): number {
    return this.#journal.size;
  }

  /** How many bytes the CSV has. */
  get csvBytes(): number {
    return this.#loaded?.identity.size ?? 0;
  }

  /**
   * Runs something with the CSV locked and everything known of it up to date. It may run twice: it
   * must look for its rows before it appends anything.
   */
  async locked<T>(
    action: (csv: LockedCsv) => T | Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let loads = 0;; loads++) {
      {
        using _hold = await this.#acquireLock(signal);
        let loaded = this.#followed();
        if (loaded === undefined && loads >= unlockedLoads) {
          await this.#load(signal);
          loaded = this.#followed();
        }
        if (loaded !== undefined) {
          try {
            return await action(this.#view(loaded.index, loads > 0));
          } catch (error) {
            if (!(error instanceof RowNotSeen)) throw error;
          }
        }
      }
      await this.#load(signal);
    }
  }

  /** Waits until what was appended is on the disk. */
  async sync(): Promise<void> {
    await this.#journal.sync();
  }

  /**
   * Puts the changes into the CSV and removes the journal. Tracking columns that the CSV lacks are
   * added.
   *
   * @param always whether the CSV is to be looked through even if no changes wait
   */
  async fold(always: boolean): Promise<FoldReport> {
    using _hold = await this.#acquireLock();
    for (let folds = 1;; folds++) {
      const loaded = await this.#current();
      const { tracking } = loaded.index.columns;
      const hasAll = Object.values(tracking).every((field) => field !== undefined);
      if (this.#changes.size === 0 && (hasAll || !always)) {
        if (this.#journal.isThere) await this.#journal.remove();
        return { rows: 0, columns: 0, missing_rows: [] };
      }
      const fold = { loaded, changes: this.#changes, columns: this.#options.columns };
      const report = await replaceCsv(this.path, fold, () => this.#identity());
      if (report !== undefined) {
        this.#forget();
        await this.#journal.remove();
        return report;
      }
      if (folds === maxLoads) throw this.#neverStill();
    }
  }

  /** Closes all files. What is in the journal stays there. */
  [Symbol.dispose](): void {
    this.#forget();
    this.#lock[Symbol.dispose]();
  }

  #acquireLock(signal?: AbortSignal): Promise<Disposable> {
    return this.#lock.acquire({ timeoutMs: this.#options.lockTimeoutMs, signal });
  }

  #view(index: RowIndex, isFresh: boolean): LockedCsv {
    return {
      changes: this.#changes,
      columns: index.columns,
      find: (rowId, rowIndex) => {
        const found = index.find(rowId, rowIndex);
        if (found === undefined && !isFresh) throw new RowNotSeen();
        return found;
      },
      append: (entry) => {
        this.#journal.append(entry);
        this.#changes.apply(entry);
      },
      error: (rowIndex, reason) => index.error(rowIndex, reason),
    };
  }

  /** The CSV as it is under the lock. */
  async #current(): Promise<LoadedCsv> {
    for (let loads = 0;; loads++) {
      const loaded = this.#followed();
      if (loaded !== undefined) return loaded;
      if (loads === maxLoads) throw this.#neverStill();
      await this.#load();
    }
  }

  /** Takes in what others have appended; undefined when the CSV is not the one that was read. */
  #followed(): LoadedCsv | undefined {
    const loaded = this.#loaded;
    if (loaded === undefined || !isSameContent(loaded.identity, this.#identity())) return undefined;
    for (const entry of this.#journal.readNew()) this.#changes.apply(entry);
    return loaded;
  }

  async #load(signal?: AbortSignal): Promise<void> {
    for (let loads = 0; loads < maxLoads; loads++) {
      this.#forget();
      this.#loaded = await loadCsv(this.path, this.#options.columns, signal);
      if (this.#loaded !== undefined) return;
    }
    throw this.#neverStill();
  }

  #identity(): FileIdentity {
    try {
      return identityOf(Deno.statSync(this.path));
    } catch (error) {
      throw toFileError(error, "read", this.path);
    }
  }

  #forget(): void {
    this.#loaded?.index[Symbol.dispose]();
    this.#loaded = undefined;
    this.#journal.forget();
    this.#changes.clear();
  }

  #neverStill(): FileOperationError {
    return new FileOperationError(
      `Cannot write '${this.path}' as another program changes it all the time; close it there`,
      { code: "BUSY", retryable: true, context: { file_path: this.path } },
    );
  }
}

/**
 * A row is not where the index has it. An edit within one tick of the file system's clock that
 * keeps the size is seen by nothing else, so the CSV is read again before the row counts as gone.
 */
class RowNotSeen extends Error {}
