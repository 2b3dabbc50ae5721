/** Everything that is wrong with a CSV, found in one pass and repaired by nobody. */

import { type ErrorContext, ErrorHandler, ErrorSeverity, ValidationError } from "../../core/mod.ts";
import type { CsvCursor } from "./csv/csv_cursor.ts";
import { csvError, type CsvProblem } from "./csv/csv_problem.ts";
import { PositionFinder } from "./csv/text_position.ts";
import type { ReadCsvOptions } from "./csv_snapshot.ts";
import { typeChanged } from "./folded_csv.ts";
import { openForReading, realCsvPath } from "./open_csv.ts";
import { PendingChanges } from "./pending_changes.ts";
import { RowIndex } from "./row_index.ts";
import { parseStatus } from "./row_state.ts";
import {
  type ColumnPlaces,
  contentColumns,
  type CsvColumns,
  defaultCsvColumns,
  downloadTypes,
} from "./tracking_columns.ts";
import { readTrackingJournal } from "./tracking_journal.ts";

/** Beyond these, problems are only counted: a wrong separator makes one a row. */
const mostProblems = 1000;

/**
 * Checks a CSV: that it can be read and is CSV in UTF-8; that no column is missing or there twice;
 * that every row has an id of its own, a type, a name and an address; that statuses are words that
 * opsdeck knows; that its journal is whole and fits its rows. It changes nothing.
 *
 * @returns what is wrong, in file order, with line and column in the messages: `ERROR` where the
 * tracker would refuse the CSV, `WARNING` where it would not. After the first 1000 one more says
 * how many there are. Empty when all is well.
 */
export async function validateCsvIntegrity(
  csvPath: string,
  options: ReadCsvOptions = {},
): Promise<ErrorContext[]> {
  const handler = new ErrorHandler();
  const errors = await findErrors(csvPath, options);
  return errors.map((error) => handler.handleError(error, { file_path: csvPath }));
}

async function findErrors(csvPath: string, options: ReadCsvOptions): Promise<unknown[]> {
  const names = { ...defaultCsvColumns, ...options.columns };
  const problems: CsvProblem[] = [];
  const errors: unknown[] = [];
  try {
    const path = await realCsvPath(csvPath);
    using file = await openForReading(path);
    const changes = new PendingChanges();
    try {
      for (const entry of readTrackingJournal(path)) changes.apply(entry);
    } catch (error) {
      errors.push(error);
    }
    const unseen = new Set(changes.rowIds());
    let columns: ColumnPlaces | undefined;
    let count = 0;
    const onProblem = (problem: CsvProblem) => {
      count++;
      if (problems.length < mostProblems) problems.push(problem);
    };
    try {
      await RowIndex.build(file, names, {
        path,
        signal: options.signal,
        onProblem,
        onRow(cursor, places) {
          columns = places;
          checkRow(cursor, places, changes, unseen);
        },
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      errors.push(error);
    }
    errors.unshift(...await inFileOrder(path, file, problems));
    if (count > problems.length) errors.push(tooMany(path, count));
    errors.push(...missingContent(path, columns, names), ...missingRows(path, unseen));
  } catch (error) {
    options.signal?.throwIfAborted();
    errors.push(error);
  }
  return errors;
}

function checkRow(
  cursor: CsvCursor,
  columns: ColumnPlaces,
  changes: PendingChanges,
  unseen: Set<string>,
): void {
  if (!cursor.isComplete) return;
  for (const column of ["type", "name", "email"] as const) {
    if (!cursor.isBlank(columns[column])) continue;
    warn(cursor, columns, columns[column], `the row has no ${column}; fill it in`);
  }
  for (const type of downloadTypes) {
    const field = columns.tracking[`${type}_status`];
    if (field === undefined || cursor.isBlank(field)) continue;
    const word = cursor.text(field);
    if (parseStatus(word) !== "other") continue;
    const reason = `the ${type}_status ${JSON.stringify(word)} is none of pending, downloading, ` +
      "completed and failed; such a row is left alone";
    warn(cursor, columns, field, reason);
  }
  if (changes.size === 0) return;
  const rowId = cursor.text(columns.row_id);
  const changed = changes.of(rowId);
  unseen.delete(rowId);
  const type = cursor.text(columns.type);
  if (changed === undefined || changed.type === type) return;
  cursor.report({
    offset: cursor.fieldOffset(columns.type),
    reason: typeChanged(rowId, changed.type, type),
    code: "DATA_CORRUPTION",
    row_id: rowId,
  });
}

function warn(cursor: CsvCursor, columns: ColumnPlaces, field: number, reason: string): void {
  cursor.report({
    offset: cursor.fieldOffset(field),
    reason,
    code: "CSV_INVALID",
    severity: ErrorSeverity.WARNING,
    row_id: cursor.text(columns.row_id),
  });
}

async function inFileOrder(
  path: string,
  file: Deno.FsFile,
  problems: CsvProblem[],
): Promise<Error[]> {
  const finder = new PositionFinder(file);
  const errors: Error[] = [];
  for (const problem of problems.sort((one, other) => one.offset - other.offset)) {
    errors.push(csvError(path, problem, await finder.find(problem.offset)));
  }
  return errors;
}

function tooMany(path: string, count: number): ValidationError {
  return new ValidationError(
    `Cannot list all that is wrong with '${path}' as there are ${count} problems; mend these first`,
    { code: "CSV_INVALID", context: { file_path: path } },
  );
}

function missingContent(
  path: string,
  columns: ColumnPlaces | undefined,
  names: CsvColumns,
): ValidationError[] {
  return downloadTypes.flatMap((type) => {
    if (columns === undefined || columns.content[type] !== undefined) return [];
    return [
      new ValidationError(
        `Cannot find ${type} downloads in '${path}' as it has no column ` +
          `"${names[contentColumns[type]]}"; if it has one under another name, set that name`,
        { code: "CSV_INVALID", severity: ErrorSeverity.WARNING, context: { file_path: path } },
      ),
    ];
  });
}

function missingRows(path: string, unseen: ReadonlySet<string>): ValidationError[] {
  return [...unseen].slice(0, mostProblems).map((rowId) =>
    new ValidationError(
      `Cannot find row ${
        JSON.stringify(rowId)
      } in '${path}' although its journal has changes for ` +
        "it; put the row back, or they are dropped at the next run",
      {
        code: "ROW_NOT_FOUND",
        severity: ErrorSeverity.WARNING,
        context: { file_path: path, row_id: rowId },
      },
    )
  );
}
