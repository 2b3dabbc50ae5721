/**
 * A CSV taken apart into the texts of its cells as they stand in the file, quotes and line ends
 * included: the slow and plain way, to compare with.
 */

/** One record as it stands in the file. */
export interface RawRecord {
  /** The cells with their quotes. */
  cells: string[];
  /** What ends it: a line end, with the blank lines after it, or nothing. */
  end: string;
}

/** Takes a CSV apart. */
export function splitCsv(text: string): RawRecord[] {
  const records: RawRecord[] = [];
  let cells: string[] = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"') isQuoted = !isQuoted;
    if (isQuoted || !/[,\r\n]/.test(char)) {
      cell += char;
    } else if (char === ",") {
      cells.push(cell);
      cell = "";
    } else {
      let end = "";
      while (text[at] === "\r" || text[at] === "\n") end += text[at++];
      at--;
      records.push({ cells: [...cells, cell], end });
      cells = [];
      cell = "";
    }
  }
  if (cells.length > 0 || cell !== "") records.push({ cells: [...cells, cell], end: "" });
  return records;
}

/** Gives a cell's value. */
function cellValue(raw: string): string {
  const match = /^"(.*)"[ \t]*$/s.exec(raw);
  return match ? (match[1] ?? "").replaceAll('""', '"') : raw;
}

/** Puts a CSV together again without some columns, line ends and byte order mark included. */
export function withoutColumns(text: string, columns: readonly string[]): string {
  const records = splitCsv(text);
  const header = records[0]?.cells.map((cell) => cellValue(cell.replace(/^\ufeff/, ""))) ?? [];
  const kept = header.flatMap((name, field) => columns.includes(name) ? [] : [field]);
  return records
    .map(({ cells, end }) => kept.map((field) => cells[field] ?? "").join(",") + end)
    .join("");
}

/** Gives the rows as objects by column. */
export function csvRows(text: string): Record<string, string>[] {
  const [header, ...rows] = splitCsv(text.replace(/^\ufeff/, ""));
  const names = header?.cells.map(cellValue) ?? [];
  return rows.map(({ cells }) =>
    Object.fromEntries(names.map((name, field) => [name, cellValue(cells[field] ?? "")]))
  );
}
