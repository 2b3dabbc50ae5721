/** The records of a CSV file, with as much of it in memory as one buffer holds. */

import { toFileError } from "../../../core/mod.ts";
import { CsvCursor } from "./csv_cursor.ts";
import { csvError, type CsvProblem } from "./csv_problem.ts";
import { PositionFinder } from "./text_position.ts";
import { firstInvalidByte, wholeCharacters } from "./utf8.ts";

/** How {@link readRecords} reads. */
export interface ReadRecordsOptions {
  /** Names the file in errors. */
  path: string;
  /** Ends the reading between two parts of the file. */
  signal?: AbortSignal | undefined;
  /** Collects problems instead of failing at the first one. */
  onProblem?: (problem: CsvProblem) => void;
}

const partBytes = 1 << 20;
const maxRecordBytes = 16 << 20;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Reads a CSV from an open file, part by part. Each time it gives the same cursor, which then has
 * whole records: use `advance()` until it is false. The first record is the header.
 *
 * @throws ValidationError with the code `CSV_INVALID` and line and column in its message and
 * context: broken quotes, rows of different lengths, no header, text that is not UTF-8, a record
 * of more than 16 MiB.
 */
export async function* readRecords(
  file: Deno.FsFile,
  options: ReadRecordsOptions,
): AsyncGenerator<CsvCursor, void, void> {
  const { path, signal, onProblem } = options;
  const cursor = new CsvCursor(onProblem);
  let bytes = new Uint8Array(partBytes);
  let length = 0;
  let offset = 0;
  let validated = 0;
  let isLast = false;
  for (let part = 0; !isLast; part++) {
    signal?.throwIfAborted();
    length = await fill(file, bytes, { length, offset, path });
    isLast = length < bytes.length;
    const start = part === 0 ? checkBeginning(cursor, bytes.subarray(0, length)) : 0;
    if (cursor.problem === undefined) {
      validated = checkUtf8(cursor, bytes.subarray(0, length), { validated, offset, isLast });
    }
    cursor.load({ bytes, length, offset, isLast, start });
    if (cursor.problem === undefined) yield cursor;
    if (cursor.problem !== undefined) throw await located(file, path, cursor.problem);

    const { rest } = cursor;
    if (rest === 0 && !isLast) bytes = await enlarged(file, path, bytes, offset);
    else bytes.copyWithin(0, rest, length);
    offset += rest;
    length -= rest;
    validated -= rest;
  }
  if (cursor.rowIndex < -1) {
    const reason = "the file is empty; a header and rows are wanted";
    cursor.stop({ offset: 0, reason, code: "CSV_INVALID" });
  }
  if (cursor.problem !== undefined) throw await located(file, path, cursor.problem);
}

/** Turns a problem into an error with the line and column of its byte. */
async function located(
  file: Deno.FsFile,
  path: string,
  problem: CsvProblem,
): Promise<Error> {
  return csvError(path, problem, await new PositionFinder(file).find(problem.offset));
}

async function fill(
  file: Deno.FsFile,
  bytes: Uint8Array,
  part: { length: number; offset: number; path: string },
): Promise<number> {
  let { length } = part;
  try {
    // Others may have moved the file's position in the meantime.
    await file.seek(part.offset + length, Deno.SeekMode.Start);
    while (length < bytes.length) {
      const count = await file.read(bytes.subarray(length));
      if (count === null) break;
      length += count;
    }
  } catch (error) {
    throw toFileError(error, "read", part.path);
  }
  return length;
}

/** Gives where the header begins. */
function checkBeginning(cursor: CsvCursor, bytes: Uint8Array): number {
  const head = bytes.subarray(0, 4096);
  const [first, second] = head;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16 || head.includes(0)) {
    const name = isUtf16 ? "the file is UTF-16" : "the file is not text, or UTF-16";
    cursor.stop({ offset: 0, reason: `${name}; save it as CSV in UTF-8`, code: "CSV_INVALID" });
  }
  return byteOrderMark.every((byte, place) => head[place] === byte) ? byteOrderMark.length : 0;
}

/** Gives up to where the buffer is known to be UTF-8. */
function checkUtf8(
  cursor: CsvCursor,
  bytes: Uint8Array,
  { validated, offset, isLast }: { validated: number; offset: number; isLast: boolean },
): number {
  const unchecked = bytes.subarray(validated);
  const length = isLast ? unchecked.length : wholeCharacters(unchecked);
  const invalid = firstInvalidByte(unchecked.subarray(0, length));
  if (invalid >= 0) {
    cursor.report({
      offset: offset + validated + invalid,
      reason: "the text is not UTF-8; save the file as CSV in UTF-8",
      code: "CSV_INVALID",
    });
  }
  return validated + length;
}

async function enlarged(
  file: Deno.FsFile,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  offset: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length >= maxRecordBytes) {
    const reason = "a row of more than 16 MiB begins here; is a quote left open?";
    throw await located(file, path, { offset, reason, code: "CSV_INVALID" });
  }
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}
