/**
 * Finds records and fields in the bytes of a CSV (RFC 4180) without changing or copying them.
 *
 * Beyond the RFC: a line feed alone ends a record too, also in one file with CRLF; blank lines
 * between records are left out; blanks may follow a closing quote.
 */

import type { CsvProblem } from "./csv_problem.ts";

const quote = 0x22;
const comma = 0x2c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A part of a file in memory. */
export interface FilePart {
  /** The buffer. Its bytes may be overwritten after the cursor has gone over them. */
  bytes: Uint8Array;
  /** How many of its bytes count. */
  length: number;
  /** Where it begins in the file. */
  offset: number;
  /** Whether the file ends with it. */
  isLast: boolean;
  /** Where in it the next record begins. */
  start: number;
}

/** Walks over the records of a CSV, of which it sees one part at a time. */
export class CsvCursor {
  readonly #onProblem: ((problem: CsvProblem) => void) | undefined;
  #part: FilePart = { bytes: new Uint8Array(), length: 0, offset: 0, isLast: false, start: 0 };
  #rest = 0;
  #start = 0;
  #end = 0;
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  #fieldCount = 0;
  #width = 0;
  #rowIndex = -2;
  #isMisquoted = false;
  #problem: CsvProblem | undefined;

  /**
   * Makes a cursor.
   *
   * @param onProblem is told of every problem, and the cursor goes on as well as it can; without
   * it the cursor stops at the first one
   */
  constructor(onProblem?: (problem: CsvProblem) => void) {
    this.#onProblem = onProblem;
  }

  /** The row at hand: 0 is the first one below the header, which is -1. */
  get rowIndex(): number {
    return this.#rowIndex;
  }

  /** How many fields the record at hand has. */
  get fieldCount(): number {
    return this.#fieldCount;
  }

  /** Where the record at hand begins in the file. */
  get offset(): number {
    return this.#part.offset + this.#start;
  }

  /** What made the cursor stop. */
  get problem(): CsvProblem | undefined {
    return this.#problem;
  }

  /** The buffer that the places below are in. */
  get bytes(): Uint8Array {
    return this.#part.bytes;
  }

  /** Where the record at hand ends in the buffer, its line end left out. */
  get end(): number {
    return this.#end;
  }

  /** Where what comes after the record at hand begins in the buffer. */
  get rest(): number {
    return this.#rest;
  }

  /** Where what comes after the record at hand begins in the file. */
  get restOffset(): number {
    return this.#part.offset + this.#rest;
  }

  /** Whether the record at hand has as many fields as the header. */
  get isComplete(): boolean {
    return this.#fieldCount === this.#width;
  }

  /** Where a field begins in the buffer, its quote included; a missing one is empty. */
  fieldStart(field: number): number {
    return field < this.#fieldCount ? this.#starts[field] ?? 0 : this.#end;
  }

  /** Where a field ends in the buffer, its quote included. */
  fieldEnd(field: number): number {
    return field < this.#fieldCount ? this.#ends[field] ?? 0 : this.#end;
  }

  /** Where a field begins in the file. */
  fieldOffset(field: number): number {
    return this.#part.offset + this.fieldStart(field);
  }

  /** Goes on with another part of the file, which must begin where `rest` was. */
  load(part: FilePart): void {
    this.#part = part;
    this.#rest = part.start;
  }

  /** Notes something wrong: the cursor stops here, unless problems are collected. */
  report(problem: CsvProblem): void {
    if (this.#onProblem === undefined) this.stop(problem);
    else this.#onProblem(problem);
  }

  /** Stops the cursor: what comes is no CSV at all. */
  stop(problem: CsvProblem): void {
    this.#problem ??= problem;
  }

  /** Moves to the next record; false when the part holds no further whole one. */
  advance(): boolean {
    if (this.#problem !== undefined) return false;
    this.#skipBlankLines();
    const start = this.#rest;
    if (start >= this.#part.length) return false;
    this.#isMisquoted = false;
    const end = this.#readFields(start);
    if (end < 0 || this.#problem !== undefined) return false;
    this.#start = start;
    this.#end = end;
    this.#rest = end + this.#lineEndLength(end);
    this.#rowIndex++;
    if (this.#rowIndex === -1) this.#width = this.#fieldCount;
    if (!this.isComplete && !this.#isMisquoted) this.#reportRagged();
    return this.#problem === undefined;
  }

  /** Gives a field's text without its quotes. */
  text(field: number): string {
    const { bytes } = this.#part;
    const start = this.fieldStart(field);
    const end = this.fieldEnd(field);
    if (bytes[start] !== quote || start === end) return decode(bytes, start, end);
    const close = bytes.subarray(0, end).lastIndexOf(quote);
    const inner = decode(bytes, start + 1, Math.max(close, start + 1));
    return inner.includes('"') ? inner.replaceAll('""', '"') : inner;
  }

  /** Tells whether a field holds nothing but blanks. */
  isBlank(field: number): boolean {
    const { bytes } = this.#part;
    const end = this.fieldEnd(field);
    for (let at = this.fieldStart(field); at < end; at++) {
      const byte = bytes[at];
      if (byte !== quote && byte !== space && byte !== tab) return false;
    }
    return true;
  }

  /** Tells whether a field without quotes is exactly these bytes. */
  isExactly(field: number, wanted: Uint8Array): boolean {
    const { bytes } = this.#part;
    const start = this.fieldStart(field);
    if (this.fieldEnd(field) - start !== wanted.length) return false;
    for (let at = 0; at < wanted.length; at++) {
      if (bytes[start + at] !== wanted[at]) return false;
    }
    return true;
  }

  #skipBlankLines(): void {
    const { bytes, length } = this.#part;
    let at = this.#rest;
    while (at < length) {
      if (bytes[at] === lineFeed) at += 1;
      else if (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed && at + 1 < length) {
        at += 2;
      } else break;
    }
    this.#rest = at;
  }

  /** Gives where the record ends; -1 when its end is not in this part. */
  #readFields(recordStart: number): number {
    const { bytes, length, isLast, offset } = this.#part;
    let at = recordStart;
    for (let field = 0;; field++) {
      const start = at;
      let isBroken = false;
      if (bytes[at] === quote && at < length) {
        at = this.#afterQuotes(at);
        if (at < 0) return -1;
        isBroken = at < length && !endsField(bytes[at] ?? 0);
        if (isBroken) {
          this.#misquoted(offset + at, "text follows a closing quote; double that quote");
        }
      }
      let byte = 0;
      for (; at < length; at++) {
        byte = bytes[at] ?? 0;
        if (byte > comma) continue;
        if (byte === comma || byte === lineFeed) break;
        if (byte === carriageReturn) {
          if (at + 1 < length ? bytes[at + 1] === lineFeed : !isLast) break;
          this.#misquoted(
            offset + at,
            "a carriage return stands alone; save it with other line ends",
          );
        } else if (byte === quote && !isBroken) {
          isBroken = true;
          this.#misquoted(
            offset + at,
            "a quote is in a cell that does not begin with one; quote it",
          );
        }
      }
      if (at >= length && !isLast) return -1;
      this.#setField(field, start, at);
      if (at < length && byte === comma) {
        at++;
      } else {
        this.#fieldCount = field + 1;
        return byte === carriageReturn && at + 1 >= length && !isLast ? -1 : at;
      }
    }
  }

  /** Gives what follows the closing quote and its blanks; -1 when that is not in this part. */
  #afterQuotes(open: number): number {
    const { bytes, length, isLast, offset } = this.#part;
    let at = open + 1;
    for (;;) {
      while (at < length && bytes[at] !== quote) at++;
      if (at >= length) {
        if (!isLast) return -1;
        this.#misquoted(offset + open, "a quote is opened and never closed");
        return length;
      }
      if (at + 1 >= length && !isLast) return -1;
      at++;
      if (bytes[at] !== quote || at >= length) break;
      at++;
    }
    while (at < length && (bytes[at] === space || bytes[at] === tab)) at++;
    return at < length || isLast ? at : -1;
  }

  #setField(field: number, start: number, end: number): void {
    if (field >= this.#starts.length) {
      this.#starts = widened(this.#starts);
      this.#ends = widened(this.#ends);
    }
    this.#starts[field] = start;
    this.#ends[field] = end;
  }

  #lineEndLength(end: number): number {
    const { bytes, length } = this.#part;
    if (end >= length) return 0;
    return bytes[end] === carriageReturn ? 2 : 1;
  }

  #misquoted(offset: number, reason: string): void {
    this.#isMisquoted = true;
    this.report({ offset, reason, code: "CSV_INVALID" });
  }

  #reportRagged(): void {
    const fields = this.#fieldCount === 1 ? "1 field" : `${this.#fieldCount} fields`;
    this.#misquoted(
      this.offset,
      `the row has ${fields}, the header ${this.#width}; add or remove some`,
    );
  }
}

function endsField(byte: number): boolean {
  return byte === comma || byte === lineFeed || byte === carriageReturn;
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  return start === end ? "" : decoder.decode(bytes.subarray(start, end));
}

function widened(positions: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const wide = new Int32Array(positions.length * 2);
  wide.set(positions);
  return wide;
}
