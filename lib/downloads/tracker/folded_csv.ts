/** The bytes of a CSV with new texts in its tracking columns, and all others as they were. */

import { ByteSink } from "./csv/byte_sink.ts";
import { encodeCell } from "./csv/cell_text.ts";
import type { CsvCursor } from "./csv/csv_cursor.ts";
import { readRecords, type ReadRecordsOptions } from "./csv/read_records.ts";
import type { PendingChanges } from "./pending_changes.ts";
import type { TrackingCells } from "./row_state.ts";
import {
  type ColumnPlaces,
  type CsvColumns,
  downloadTypes,
  findColumns,
  type TrackingColumn,
  trackingColumns,
} from "./tracking_columns.ts";

/** What {@link FoldedCsv} has done. */
export interface FoldCount {
  /** How many rows got new texts. */
  rows: number;
  /** How many columns were added. */
  columns: number;
}

/** A CSV with changes folded into it: a stream of its new bytes, and an account of the changes. */
export class FoldedCsv {
  readonly #changes: PendingChanges;
  readonly #missing: Set<string>;
  #sink = new ByteSink();
  #columns: ColumnPlaces | undefined;
  /** The tracking columns that the header lacks; they are added at the end of each record. */
  #added: TrackingColumn[] = [];
  /** Those that it has, in the order of the header. */
  #present: { column: TrackingColumn; field: number }[] = [];
  #rows = 0;

  /** Takes the changes to fold in. */
  constructor(changes: PendingChanges) {
    this.#changes = changes;
    this.#missing = new Set(changes.rowIds());
  }

  /** What was done, once the stream has ended. */
  get count(): FoldCount {
    return { rows: this.#rows, columns: this.#added.length };
  }

  /** The changed rows that the CSV does not have, once the stream has ended. */
  get missingRows(): string[] {
    return [...this.#missing];
  }

  /**
   * Reads the CSV and gives its new bytes; a part is good until the next one is asked for.
   *
   * @throws ValidationError as `readRecords` does; with the code `DATA_CORRUPTION` when a changed
   * row has another personality type than at the time of its change.
   */
  async *bytes(
    file: Deno.FsFile,
    names: CsvColumns,
    options: ReadRecordsOptions,
  ): AsyncGenerator<Uint8Array, void, void> {
    for await (const cursor of readRecords(file, options)) {
      let copied = 0;
      while (cursor.advance()) copied = this.#copyRecord(cursor, names, copied);
      this.#sink.add(cursor.bytes.subarray(copied, cursor.rest));
      yield this.#sink.take();
    }
  }

  #copyRecord(cursor: CsvCursor, names: CsvColumns, copied: number): number {
    if (cursor.rowIndex < 0) return this.#copyHeader(cursor, names, copied);
    const columns = this.#columns;
    if (columns === undefined) return copied;
    const changes = this.#changesOf(cursor, columns);
    if (changes === undefined && this.#added.length === 0) return copied;

    const { bytes } = cursor;
    let done = copied;
    for (const { column, field } of this.#present) {
      const text = changes?.[column];
      if (text === undefined || text === cursor.text(field)) continue;
      this.#sink.add(bytes.subarray(done, cursor.fieldStart(field)));
      this.#sink.addText(encodeCell(text));
      done = cursor.fieldEnd(field);
    }
    if (this.#added.length === 0) return done;
    this.#sink.add(bytes.subarray(done, cursor.end));
    for (const column of this.#added) {
      this.#sink.addText(`,${encodeCell(changes?.[column] ?? firstText(cursor, columns, column))}`);
    }
    return cursor.end;
  }

  #copyHeader(cursor: CsvCursor, names: CsvColumns, copied: number): number {
    const columns = findColumns(cursor, names);
    if (columns === undefined) return copied;
    this.#columns = columns;
    this.#added = trackingColumns.filter((column) => columns.tracking[column] === undefined);
    this.#present = trackingColumns
      .flatMap((column) => {
        const field = columns.tracking[column];
        return field === undefined ? [] : [{ column, field }];
      })
      .sort((one, other) => one.field - other.field);
    if (this.#added.length === 0) return copied;
    this.#sink.add(cursor.bytes.subarray(copied, cursor.end));
    this.#sink.addText(this.#added.map((column) => `,${column}`).join(""));
    return cursor.end;
  }

  #changesOf(cursor: CsvCursor, columns: ColumnPlaces): TrackingCells | undefined {
    if (this.#changes.size === 0) return undefined;
    const rowId = cursor.text(columns.row_id);
    const changes = this.#changes.of(rowId);
    if (changes === undefined) return undefined;
    const type = cursor.text(columns.type);
    if (type !== changes.type) {
      cursor.report({
        offset: cursor.fieldOffset(columns.type),
        reason: typeChanged(rowId, changes.type, type),
        code: "DATA_CORRUPTION",
      });
    }
    this.#missing.delete(rowId);
    this.#rows++;
    return changes.cells;
  }
}

/** Says that a row is not the one that a download was for. */
export function typeChanged(rowId: string, was: string, is: string): string {
  return `the type of row ${JSON.stringify(rowId)} was ${JSON.stringify(was)} and now is ` +
    `${JSON.stringify(is)}; put it right in the CSV, or reset the row's download status`;
}

/** What a new column says of a row that nothing was downloaded for. */
function firstText(cursor: CsvCursor, columns: ColumnPlaces, column: TrackingColumn): string {
  const type = downloadTypes.find((one) => column === `${one}_status`);
  const field = type === undefined ? undefined : columns.content[type];
  return field === undefined || cursor.isBlank(field) ? "" : "pending";
}
