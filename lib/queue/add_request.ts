/** What `queue add` is asked for, turned into what the library takes. */

import { format as formatBytes } from "@std/fmt/bytes";
import { resolveCallerPath, ValidationError } from "../core/mod.ts";
import type { AddOptions } from "./enqueue_records.ts";
import type { Payload } from "./queue_record.ts";
import { openRecords, recordFormats, type RecordInput } from "./record_files/read_records.ts";

/** An open input that knows how far it has been read. */
export interface AddInput extends RecordInput {
  /** How far the input has been read, for the progress line: percent or bytes. */
  percentText(): string;
}

/**
 * Opens the input of `queue add`.
 *
 * @throws ValidationError when there is neither a file nor anything on standard input;
 * FileOperationError when the file cannot be opened.
 */
export async function openInput(
  options: { file: string | undefined; format: string | undefined },
  signal: AbortSignal,
): Promise<AddInput> {
  if (options.file === undefined && Deno.stdin.isTerminal()) {
    throw new ValidationError("Cannot add records as no --file is given and none are piped in", {
      code: "USAGE",
    });
  }
  const format = recordFormats.find((known) => known === options.format);
  const input = await openRecords({
    signal,
    ...(options.file === undefined ? {} : { path: resolveCallerPath(options.file) }),
    ...(format === undefined ? {} : { format }),
  });
  return {
    ...input,
    [Symbol.asyncDispose]: () => input[Symbol.asyncDispose](),
    percentText: () =>
      input.totalBytes
        ? `${Math.floor((input.bytesRead() / input.totalBytes) * 100)} % read`
        : `${formatBytes(input.bytesRead())} read`,
  };
}

/**
 * Turns flags into options for adding.
 *
 * @throws ValidationError when the time is not one.
 */
export function toAddOptions(
  flags: { priority: number; runAt: string | undefined; dedupeKey: string | undefined },
): AddOptions {
  const options: AddOptions = {};
  if (flags.priority !== 0) options.priority = flags.priority;
  if (flags.runAt !== undefined) options.runAt = parseTime(flags.runAt);
  const field = flags.dedupeKey;
  if (field !== undefined) options.dedupeKey = (payload) => dedupeKeyOf(payload, field);
  return options;
}

function parseTime(text: string): Date {
  const time = new Date(text);
  // Without a zone the time would depend on the machine that adds it.
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) && Number.isFinite(time.getTime())) {
    return time;
  }
  throw new ValidationError(
    `--run-at must be a time with its zone, such as 2026-12-01T02:00:00Z: it is "${text}"`,
    { code: "USAGE" },
  );
}

function dedupeKeyOf(payload: Payload, field: string): string {
  const value = payload[field];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  throw new ValidationError(`it has no text or number in its field "${field}"`);
}

/** The most rejected records that are named one by one. */
const maxNamed = 20;

/** Says which records are rejected: the first ones by name, the rest as a count. */
export function createRejectionReport(
  warn: (text: string) => void,
): { report(position: string, problem: string): void; finish(): void } {
  let count = 0;
  return {
    report(position, problem) {
      count++;
      if (count <= maxNamed) warn(`${position} is rejected: ${problem}`);
    },
    finish() {
      if (count > maxNamed) warn(`${count - maxNamed} more records are rejected`);
    },
  };
}

/**
 * Reads record ids as they are typed.
 *
 * @throws ValidationError that names the first word that is not one.
 */
export function parseRecordIds(words: readonly string[]): number[] | undefined {
  if (words.length === 0) return undefined;
  return words.map((word) => {
    const id = /^\d+$/.test(word) ? Number(word) : NaN;
    if (Number.isSafeInteger(id) && id > 0) return id;
    throw new ValidationError(`Cannot read "${word}" as the id of a record`, { code: "USAGE" });
  });
}
