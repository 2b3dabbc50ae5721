/** Where each row of a CSV stands in its file, found by the row's id: 20 bytes of memory a row. */

import { toFileError } from "../../core/mod.ts";
import { CsvCursor } from "./csv/csv_cursor.ts";
import { csvError } from "./csv/csv_problem.ts";
import { readRecords, type ReadRecordsOptions } from "./csv/read_records.ts";
import { PositionFinder } from "./csv/text_position.ts";
import { hashBytes, hashOf, RowIds } from "./row_ids.ts";
import { type ColumnPlaces, type CsvColumns, findColumns } from "./tracking_columns.ts";

const quote = 0x22;
const firstCapacity = 1024;

/** How {@link RowIndex.build} reads. */
export interface RowIndexOptions extends ReadRecordsOptions {
  /** Sees each row on the way. */
  onRow?: (cursor: CsvCursor, columns: ColumnPlaces) => void;
}

/** The rows of one content of a CSV, each readable alone. It owns the open file. */
export class RowIndex implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #ids = new RowIds();
  #offsets = new Float64Array(firstCapacity);
  #size = 0;
  #buffer = new Uint8Array(4096);
  #columns: ColumnPlaces | undefined;

  private constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /**
   * Reads a CSV to its end. The index owns the file from then on.
   *
   * @throws ValidationError as `readRecords` does; with the code `DATA_CORRUPTION` when a row has
   * no id, or the id of an earlier one.
   */
  static async build(
    file: Deno.FsFile,
    columns: CsvColumns,
    options: RowIndexOptions,
  ): Promise<RowIndex> {
    const index = new RowIndex(file, options.path);
    for await (const cursor of readRecords(file, options)) {
      while (cursor.advance()) {
        if (cursor.rowIndex < 0) {
          index.#columns = findColumns(cursor, columns);
        } else if (index.#columns !== undefined) {
          index.#add(cursor);
          options.onRow?.(cursor, index.#columns);
        }
      }
    }
    return index;
  }

  /** Which field of a row is which. */
  get columns(): ColumnPlaces {
    if (this.#columns !== undefined) return this.#columns;
    throw new Error(`Cannot find rows of '${this.#path}' as its columns are not known`);
  }

  /** How many rows there are below the header. */
  get rowCount(): number {
    return this.#ids.count;
  }

  /**
   * Reads the row that has an id; undefined when there is none.
   *
   * @param rowIndex where it probably is
   */
  find(rowId: string, rowIndex?: number): { row: CsvCursor; rowIndex: number } | undefined {
    const hasId = (row: number) => this.#read(row).text(this.columns.row_id) === rowId;
    const isHint = rowIndex !== undefined && Number.isInteger(rowIndex) && rowIndex >= 0 &&
      rowIndex < this.rowCount;
    const place = isHint && hasId(rowIndex) ? rowIndex : this.#ids.find(hashOf(rowId), hasId);
    return place === undefined ? undefined : { row: this.#read(place), rowIndex: place };
  }

  /** Says what is wrong with a row, with its line. */
  async error(rowIndex: number, reason: string): Promise<Error> {
    const offset = this.#offsets[rowIndex] ?? 0;
    const position = await new PositionFinder(this.#file).find(offset);
    return csvError(this.#path, { reason, code: "DATA_CORRUPTION" }, position);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #add(cursor: CsvCursor): void {
    const { rowIndex, bytes, offset } = cursor;
    if (rowIndex >= this.#offsets.length) {
      const offsets = new Float64Array(this.#offsets.length * 2);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
    }
    this.#offsets[rowIndex] = offset;
    this.#size = cursor.restOffset;
    const field = this.columns.row_id;
    if (!cursor.isComplete) return this.#ids.skip();
    if (cursor.isBlank(field)) {
      this.#ids.skip();
      cursor.report({
        offset: cursor.fieldOffset(field),
        reason: "the row has no row_id; give it one of its own",
        code: "DATA_CORRUPTION",
      });
      return;
    }
    const start = cursor.fieldStart(field);
    const hash = bytes[start] === quote
      ? hashOf(cursor.text(field))
      : hashBytes(bytes, start, cursor.fieldEnd(field));
    let id: string | undefined;
    const twin = this.#ids.add(hash, (row) => {
      id ??= cursor.text(field);
      return this.#read(row).text(field) === id;
    });
    if (twin === undefined) return;
    cursor.report({
      offset: cursor.fieldOffset(field),
      reason:
        `the row_id ${JSON.stringify(id)} is also that of row ${twin + 1} below the header; ` +
        "give each row its own",
      code: "DATA_CORRUPTION",
    });
  }

  #read(row: number): CsvCursor {
    const start = this.#offsets[row] ?? 0;
    const end = row + 1 < this.rowCount ? this.#offsets[row + 1] ?? 0 : this.#size;
    const length = end - start;
    if (length > this.#buffer.length) this.#buffer = new Uint8Array(length);
    try {
      this.#file.seekSync(start, Deno.SeekMode.Start);
      for (let done = 0; done < length;) {
        const count = this.#file.readSync(this.#buffer.subarray(done, length));
        if (count === null) break;
        done += count;
      }
    } catch (error) {
      throw toFileError(error, "read", this.#path);
    }
    const cursor = new CsvCursor();
    cursor.load({ bytes: this.#buffer, length, offset: start, isLast: true, start: 0 });
    cursor.advance();
    return cursor;
  }
}
