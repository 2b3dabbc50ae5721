/** Records from CSV with a header (RFC 4180): each row becomes an object of strings. */

import { parse } from "@std/csv";
import { ValidationError } from "../../core/mod.ts";
import { type ByteLine, decodeUtf8, readByteLines, withoutByteOrderMark } from "./byte_lines.ts";
import type { ByteSource, InputItem } from "./input_item.ts";

/** A row's text and the lines that it stands on. */
interface CsvRow {
  position: string;
  text?: string;
  problem?: string;
}

/**
 * Reads CSV, row by row. A ragged or misquoted row is one item with its problem, with its line
 * numbers, and reading goes on with the next row. A line end inside quotes is read as a line feed.
 *
 * @throws ValidationError when the header is missing, broken, or names a column twice or not at
 * all.
 */
export async function* readCsv(
  source: ByteSource,
  maxRecordBytes: number,
): AsyncGenerator<InputItem> {
  let header: string[] | undefined;
  for await (const { position, text, problem } of readRows(source, maxRecordBytes)) {
    if (header === undefined) {
      header = parseHeader(position, text, problem);
      continue;
    }
    if (text === undefined) {
      yield { position, problem: problem ?? "the row cannot be read" };
      continue;
    }
    const fields = parseFields(text);
    if (typeof fields === "string") {
      yield { position, problem: fields };
    } else if (fields.length !== header.length) {
      yield {
        position,
        problem: `the row has ${fields.length} fields and the header has ${header.length}`,
      };
    } else {
      const value = Object.fromEntries(header.map((name, place) => [name, fields[place] ?? ""]));
      yield { position, value, text: JSON.stringify(value) };
    }
  }
  if (header === undefined) throw new ValidationError("Cannot read CSV as it has no header line");
}

// A row ends at a line end that stands outside quotes: where the row so far holds an even number
// of quotes. A row is never longer than the limit, so that one stray quote cannot swallow a file
// into memory.
async function* readRows(source: ByteSource, maxRecordBytes: number): AsyncGenerator<CsvRow> {
  let texts: string[] = [];
  let first = 0;
  let quotes = 0;
  let size = 0;

  for await (const line of readByteLines(source, maxRecordBytes)) {
    const text = lineText(line);
    if (text.problem !== undefined) {
      yield { position: span(texts.length > 0 ? first : line.number, line.number), ...text };
      texts = [];
      quotes = size = 0;
      continue;
    }
    if (texts.length === 0) {
      if (text.text.trim() === "") continue;
      first = line.number;
    }
    texts.push(text.text);
    quotes += countQuotes(text.text);
    size += line.bytes.length + 1;
    if (size > maxRecordBytes) {
      yield {
        position: span(first, line.number),
        problem: `the row is longer than ${maxRecordBytes} bytes; is a quote left open?`,
      };
    } else if (quotes % 2 === 1) {
      continue;
    } else {
      yield { position: span(first, line.number), text: withoutReturn(texts.join("\n")) };
    }
    texts = [];
    quotes = size = 0;
  }
  if (texts.length > 0) {
    yield {
      position: span(first, first + texts.length - 1),
      problem: "a quote is opened and never closed",
    };
  }
}

function lineText(line: ByteLine): { text: string; problem?: never } | { problem: string } {
  if (line.isTooLong) return { problem: "the row is longer than the limit" };
  const decoded = decodeUtf8(line.bytes);
  if (decoded === undefined) return { problem: "the row is not UTF-8" };
  return { text: line.number === 1 ? withoutByteOrderMark(decoded) : decoded };
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count++;
  return count;
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

function span(first: number, last: number): string {
  return first === last ? `line ${first}` : `lines ${first}-${last}`;
}

function parseHeader(position: string, text?: string, problem?: string): string[] {
  if (text !== undefined && /\r(?!\n)/.test(text)) {
    throw new ValidationError(
      `Cannot read CSV as its header (${position}) holds a carriage return without a line feed; ` +
        "save the file with line ends of LF or CR LF",
    );
  }
  const names = text === undefined ? problem ?? "" : parseFields(text);
  if (typeof names === "string") {
    throw new ValidationError(`Cannot read CSV as its header (${position}) is broken: ${names}`);
  }
  const emptyAt = names.findIndex((name) => name.trim() === "");
  if (emptyAt !== -1) {
    throw new ValidationError(`Cannot read CSV as column ${emptyAt + 1} of its header has no name`);
  }
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) {
    throw new ValidationError(`Cannot read CSV as its header names the column "${twice}" twice`);
  }
  return names;
}

function parseFields(text: string): string[] | string {
  // Most rows hold no quote, and then fields end at commas.
  if (!text.includes('"')) return text.split(",");
  try {
    return parse(text)[0] ?? [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The parser counts lines within the row; the position names the file's.
    return `misquoted: ${reason.replace(/^.*?\bcolumn (\d+): /i, "column $1: ")}`;
  }
}
