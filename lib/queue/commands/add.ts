/** `queue add`: records from a file or standard input into a flow. */

import { format as formatBytes } from "@std/fmt/bytes";
import { countOf, type ScriptContext } from "../../core/command_line/mod.ts";
import { ValidationError } from "../../core/mod.ts";
import { addRecordStream, type AddStreamCounts } from "../add_record_stream.ts";
import type { AddOptions } from "../enqueue_records.ts";
import { exactNumberOf } from "../exact_numbers.ts";
import type { Payload } from "../queue_record.ts";
import { inputPath } from "../record_files/input_path.ts";
import { openRecords, recordFormats, type RecordInput } from "../record_files/read_records.ts";
import { createRejectionReport } from "../rejection_report.ts";
import { openCommandDatabase } from "./command_database.ts";

/** What {@link runAdd} is told. */
export interface AddCommandOptions {
  /** The flow that gets the records. */
  flow: string;
  /** Where the records are; without it, or as `-`, standard input. */
  file?: string | undefined;
  /** Their format; without it, found out. */
  format?: string | undefined;
  /** Lower runs first. */
  priority: number;
  /** Not before this time, in ISO 8601. */
  runAt?: string | undefined;
  /** The field whose value tells records that are the same. */
  dedupeKey?: string | undefined;
  /** Add nothing when a single record is wrong. */
  allOrNothing: boolean;
  /** Only look at the records. */
  dryRun: boolean;
}

/**
 * Adds records to a flow in one transaction, and gives 1 when some were rejected.
 *
 * @throws ValidationError for the options, or when there is neither a file nor anything on standard
 * input; FileOperationError when the file cannot be opened; DatabaseConnectionError.
 */
export async function runAdd(options: AddCommandOptions, context: ScriptContext): Promise<number> {
  const { flow, allOrNothing, dryRun } = options;
  await using input = await openInput(options, context.signal);
  await using database = openCommandDatabase("add", context, flow);
  using progress = context.progress({ label: "Adding" });
  const rejections = createRejectionReport((text) => context.warn(text));
  const counts = await addRecordStream(database, flow, input.items, {
    ...toAddOptions(options),
    allOrNothing,
    dryRun,
    signal: context.signal,
    onRejected: rejections.report,
    onLongInteger: (position, field) => context.warn(longIntegerText(position, field)),
    onProgress: (count) => progress.advance(count, () => howFar(input)),
  });
  progress[Symbol.dispose]();
  rejections.finish();
  context.result({ flow_name: flow, ...counts }, () => addedText(options, counts));
  return counts.rejected === 0 ? 0 : 1;
}

async function openInput(
  { file, format }: AddCommandOptions,
  signal: AbortSignal,
): Promise<RecordInput> {
  if (file === undefined && Deno.stdin.isTerminal()) {
    throw new ValidationError("Cannot add records as no --file is given and none are piped in", {
      code: "USAGE",
    });
  }
  const path = inputPath(file);
  const known = recordFormats.find((one) => one === format);
  return await openRecords({
    signal,
    ...(path === undefined ? {} : { path }),
    ...(known === undefined ? {} : { format: known }),
  });
}

function howFar(input: RecordInput): string {
  return input.totalBytes
    ? `${Math.floor((input.bytesRead() / input.totalBytes) * 100)} % read`
    : `${formatBytes(input.bytesRead())} read`;
}

function toAddOptions({ priority, runAt, dedupeKey }: AddCommandOptions): AddOptions {
  const options: AddOptions = {};
  if (priority !== 0) options.priority = priority;
  if (runAt !== undefined) options.runAt = parseTime(runAt);
  if (dedupeKey !== undefined) options.dedupeKey = (payload) => dedupeKeyOf(payload, dedupeKey);
  return options;
}

function parseTime(text: string): Date {
  const time = new Date(text);
  // Without a zone the time would depend on the machine that adds it.
  const isWhole = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text);
  if (isWhole && Number.isFinite(time.getTime()) && isDate(text.slice(0, 10))) return time;
  throw new ValidationError(
    `--run-at must be a time with its zone, such as 2026-12-01T02:00:00Z: it is "${text}"`,
    { code: "USAGE" },
  );
}

/** Whether the calendar holds a day: `new Date()` takes 30 February for 2 March. */
function isDate(day: string): boolean {
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}

function dedupeKeyOf(payload: Payload, field: string): string {
  const value = payload[field];
  // As the text says it, since different long numbers are the same one to JavaScript.
  if (typeof value === "number") return exactNumberOf(payload, field, value);
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  throw new ValidationError(`it has no text or number in its field "${field}"`);
}

function longIntegerText(position: string, field: string | undefined): string {
  const place = field === undefined ? "" : ` in its field "${field}"`;
  return `${position} holds a whole number larger than 2^53${place}, which a TypeScript handler ` +
    "reads as another one; put it in quotes";
}

function addedText(options: AddCommandOptions, counts: AddStreamCounts): string {
  const verb = options.dryRun ? "would add" : "added";
  const parts = [`${verb} ${countOf(counts.added, "record")}`];
  if (counts.duplicates > 0) {
    parts.push(`left out ${countOf(counts.duplicates, "record")} as duplicates`);
  }
  if (counts.rejected > 0) parts.push(`rejected ${countOf(counts.rejected, "record")}`);
  const isUnsure = options.dryRun && options.dedupeKey !== undefined;
  const note = isUnsure ? " (a dry run does not look for duplicates)" : "";
  return `${options.flow}: ${parts.join(", ")}${note}`;
}
