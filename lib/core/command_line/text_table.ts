/** Aligned columns for people. */

import { singleLine } from "../single_line.ts";
import { formatCount } from "./quantity.ts";

/** A cell: text goes to the left of its column, numbers to the right, absent ones show `-`. */
export type Cell = string | number | null | undefined;

/** Writes rows under headings with two blanks between columns; gives lines joined by newlines. */
export function textTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(cellText));
  const widths = headings.map((heading, column) =>
    // As arguments of Math.max(), a hundred thousand rows would overflow the stack.
    texts.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), heading.length)
  );
  const isNumeric = headings.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof (row[column] ?? 0) === "number")
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    ).join("  ").trimEnd();
  return [line(headings), ...texts.map(line)].join("\n");
}

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return "-";
  return typeof cell === "number" ? formatCount(cell) : singleLine(cell);
}
