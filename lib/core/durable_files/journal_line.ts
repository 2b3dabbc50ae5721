/**
 * The form of a journal's lines: `<checksum> <number> <entry>\n`.
 *
 * The checksum is the CRC-32, in 8 hexadecimal digits, of the rest of the line; the number counts
 * the lines from 1, so that a line that is missing, doubled or in the wrong place is noticed; the
 * entry is JSON.
 */

import { FileOperationError } from "../errors/error_classes.ts";
import { ErrorCategory, ErrorSeverity, ExitCode } from "../errors/opsdeck_error.ts";
import { crc32 } from "./crc32.ts";

const newline = 0x0a;
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** What {@link scanJournal} found. */
export interface JournalScan {
  /** The entries, unchecked JSON, in the order in which they were written. */
  entries: unknown[];
  /** How many bytes the valid lines take. */
  validBytes: number;
  /** How many bytes come after them: what a crash left of lines that were never acknowledged. */
  tornBytes: number;
}

/** Makes the lines of entries that are JSON already; the first one gets the number given. */
export function encodeJournalLines(firstNumber: number, entries: readonly string[]): Uint8Array {
  const rests = entries.map((json, index) => encoder.encode(`${firstNumber + index} ${json}`));
  const bytes = new Uint8Array(rests.reduce((sum, rest) => sum + rest.length + 10, 0));
  let at = 0;
  for (const rest of rests) {
    encoder.encodeInto(`${crc32(rest)} `, bytes.subarray(at));
    bytes.set(rest, at + 9);
    at += rest.length + 10;
    bytes[at - 1] = newline;
  }
  return bytes;
}

/**
 * Reads the lines of a journal.
 *
 * Lines at the end that are cut off or do not match their checksum are what a crash leaves: they
 * are counted, not read. Such a line with a valid one after it, or a valid line in the wrong place,
 * does not come from a killed process, and what was acknowledged may be damaged: a person decides.
 *
 * @param path names the journal in errors
 * @param firstNumber the number of the first line, where `bytes` are not from the beginning
 * @throws FileOperationError with the code `DATA_CORRUPTION` when a line is damaged, missing or
 * doubled in the middle
 */
export function scanJournal(bytes: Uint8Array, path: string, firstNumber = 1): JournalScan {
  const entries: unknown[] = [];
  let validBytes = 0;
  let damagedLine: number | undefined;
  let lineNumber = firstNumber - 1;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start);
    if (end < 0) break;
    lineNumber++;
    const line = decodeLine(bytes.subarray(start, end));
    if (line === undefined) {
      damagedLine ??= lineNumber;
    } else if (damagedLine !== undefined) {
      throw corruption(path, `line ${damagedLine} does not match its checksum`);
    } else if (line.number !== lineNumber) {
      throw corruption(path, `line ${lineNumber} carries the number ${line.number}`);
    } else {
      entries.push(line.entry);
      validBytes = end + 1;
    }
    start = end + 1;
  }
  return { entries, validBytes, tornBytes: bytes.length - validBytes };
}

function decodeLine(line: Uint8Array): { number: number; entry: unknown } | undefined {
  const rest = line.subarray(9);
  try {
    if (decoder.decode(line.subarray(0, 9)) !== `${crc32(rest)} `) return undefined;
    const [, number, json] = /^([1-9]\d*) (.*)$/s.exec(decoder.decode(rest)) ?? [];
    if (number === undefined || json === undefined) return undefined;
    const entry: unknown = JSON.parse(json);
    return { number: Number(number), entry };
  } catch {
    return undefined; // not UTF-8 or not JSON
  }
}

function corruption(path: string, reason: string): FileOperationError {
  return new FileOperationError(
    `Cannot read the journal '${path}' as ${reason}; restore it from a backup, or move it away ` +
      "to start without it",
    {
      code: "DATA_CORRUPTION",
      category: ErrorCategory.DATA_CORRUPTION,
      severity: ErrorSeverity.CRITICAL,
      exitCode: ExitCode.localStore,
      context: { file_path: path },
    },
  );
}
