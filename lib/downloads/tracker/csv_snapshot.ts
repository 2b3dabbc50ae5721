/** The CSV and its journal at one moment, for reading only: no lock is taken, nothing is written. */

import { OpsdeckError, toFileError } from "../../core/mod.ts";
import type { CsvCursor } from "./csv/csv_cursor.ts";
import { readRecords } from "./csv/read_records.ts";
import { type FileIdentity, identityOf, isSameContent } from "./csv_identity.ts";
import { openForReading, realCsvPath } from "./open_csv.ts";
import { PendingChanges } from "./pending_changes.ts";
import type { TrackingCells } from "./row_state.ts";
import {
  type ColumnPlaces,
  type CsvColumns,
  defaultCsvColumns,
  findColumns,
} from "./tracking_columns.ts";
import { readTrackingJournal } from "./tracking_journal.ts";

/** How the functions that only read find their way. */
export interface ReadCsvOptions {
  /** The names of the columns, where they are not the usual ones. */
  columns?: Partial<CsvColumns>;
  /** Ends the reading. */
  signal?: AbortSignal | undefined;
}

/** Rows in file order, of which the cursor shows one after the other. */
export interface RowBatch {
  /** Shows the rows; use `advance()` until it is false. */
  cursor: CsvCursor;
  /** Which field is which. */
  columns: ColumnPlaces;
}

const maxTries = 20;

/** One content of a CSV with what its journal says on top. */
export class CsvSnapshot implements Disposable {
  /** The real path of the CSV. */
  readonly path: string;
  /** What the journal says and the CSV does not yet. */
  readonly changes: PendingChanges;
  readonly #file: Deno.FsFile;
  readonly #options: ReadCsvOptions;

  private constructor(
    path: string,
    file: Deno.FsFile,
    changes: PendingChanges,
    options: ReadCsvOptions,
  ) {
    this.path = path;
    this.#file = file;
    this.changes = changes;
    this.#options = options;
  }

  /**
   * Opens a CSV and reads its journal.
   *
   * @throws FileOperationError when the CSV cannot be read or the journal is damaged.
   */
  static async open(csvPath: string, options: ReadCsvOptions): Promise<CsvSnapshot> {
    const path = await realCsvPath(csvPath);
    for (let tries = 1;; tries++) {
      const file = await openForReading(path);
      try {
        const changes = new PendingChanges();
        for (const entry of readTrackingJournal(path)) changes.apply(entry);
        // The journal goes after the CSV is replaced: if that is still this one, the two agree.
        const isCurrent = isSameContent(identityOf(await file.stat()), currentIdentity(path));
        if (isCurrent || tries === maxTries) return new CsvSnapshot(path, file, changes, options);
      } catch (error) {
        file.close();
        // An append that is cut off while it is read looks like damage once, damage always.
        const isDamaged = error instanceof OpsdeckError && error.code === "DATA_CORRUPTION";
        if (!isDamaged || tries === maxTries) throw error;
        continue;
      }
      file.close();
    }
  }

  /**
   * Gives the rows, part by part.
   *
   * @throws ValidationError as `readRecords` does.
   */
  async *rows(): AsyncGenerator<RowBatch, void, void> {
    const names = { ...defaultCsvColumns, ...this.#options.columns };
    let columns: ColumnPlaces | undefined;
    const { signal } = this.#options;
    for await (const cursor of readRecords(this.#file, { path: this.path, signal })) {
      if (columns === undefined && cursor.advance()) columns = findColumns(cursor, names);
      if (columns !== undefined) yield { cursor, columns };
    }
  }

  /** Gives what the journal says of the row at which a cursor stands. */
  changesOf({ cursor, columns }: RowBatch): TrackingCells | undefined {
    if (this.changes.size === 0) return undefined;
    return this.changes.of(cursor.text(columns.row_id))?.cells;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function currentIdentity(path: string): FileIdentity {
  try {
    return identityOf(Deno.statSync(path));
  } catch (error) {
    throw toFileError(error, "read", path);
  }
}
