/** What is wrong with a CSV, and where. */

import { ErrorCategory, ErrorSeverity, ValidationError } from "../../../core/mod.ts";
import type { TextPosition } from "./text_position.ts";

/** Something wrong at a place of a CSV file. */
export interface CsvProblem {
  /** The byte at which it is. */
  offset: number;
  /** What is wrong and what to do about it, to follow the word `as`. */
  reason: string;
  /**
   * `CSV_INVALID` when the text is no proper CSV; `DATA_CORRUPTION` when its rows cannot be told
   * apart or are not the ones that they were.
   */
  code: "CSV_INVALID" | "DATA_CORRUPTION";
  /** Defaults to `ERROR`; a `WARNING` stops nothing. */
  severity?: ErrorSeverity;
  /** The row, where it is known. */
  row_id?: string;
}

/** Says what is wrong with a CSV, with the line and column of its text and the way out. */
export function csvError(
  path: string,
  { reason, code, severity, row_id }: Omit<CsvProblem, "offset">,
  { line, column }: TextPosition,
): ValidationError {
  const action = severity === ErrorSeverity.WARNING ? "Check" : "Cannot use";
  return new ValidationError(
    `${action} '${path}' at line ${line}, column ${column} as ${reason}`,
    {
      code,
      category: code === "DATA_CORRUPTION"
        ? ErrorCategory.DATA_CORRUPTION
        : ErrorCategory.VALIDATION,
      severity: severity ?? ErrorSeverity.ERROR,
      context: { file_path: path, line, column, ...(row_id === undefined ? {} : { row_id }) },
    },
  );
}
