/** Adding records: whole chunks in one statement each, duplicates by key left out. */

import { ValidationError } from "../core/mod.ts";
import type { DatabaseSession } from "../database/mod.ts";
import { isPayload, jsonbProblem, toJsonText } from "./json_text.ts";
import { notifyWorkers } from "./notify_workers.ts";
import { maxDedupeKeyLength, type Payload } from "./queue_record.ts";

/** What a caller may say about the records that it adds; a function is asked for each record. */
export interface AddOptions {
  /** The level, from -100 to 100; lower runs first. Defaults to 0. */
  priority?: number | ((payload: Payload) => number);
  /** Not before this moment. Defaults to now. */
  runAt?: Date | ((payload: Payload) => Date);
  /** A key that is unique per flow among unfinished records, of 1 to 200 characters. */
  dedupeKey?: (payload: Payload) => string;
}

/** A record that is ready to be added. */
export interface NewRecord {
  /** The payload as JSON text that `jsonb` takes. */
  payloadText: string;
  priority?: number;
  runAt?: Date;
  dedupeKey?: string;
}

/** The most that one statement inserts: few round trips, and a text far below any limit. */
export const insertChunk: { records: number; characters: number } = {
  records: 10_000,
  characters: 8_000_000,
};

const insertPlainStatement = `
insert into processing_queue (flow_name, payload)
select $1, added.payload
from jsonb_array_elements($2::text::jsonb) with ordinality as added (payload, place)
order by added.place`;

const insertStatement = `
insert into processing_queue (flow_name, payload, priority, run_at, dedupe_key)
select $1, added.payload, coalesce(added.priority, 0), coalesce(added.run_at, now()), added.dedupe_key
from jsonb_to_recordset($2::text::jsonb)
  as added (place int, payload jsonb, priority smallint, run_at timestamptz, dedupe_key text)
order by added.place
on conflict (flow_name, dedupe_key)
  where dedupe_key is not null and status in ('pending', 'processing')
  do nothing
returning id`;

/**
 * Makes a payload ready to be added.
 *
 * `what` names it in errors; `text` is its own JSON text when there is one, which is kept as it is
 * (a number longer than JavaScript can hold stays whole).
 *
 * @throws ValidationError when it is not an object, is too large, holds what `jsonb` refuses, or
 * when an option gives something out of range.
 */
export function prepareRecord(
  payload: unknown,
  what: string,
  options: AddOptions = {},
  text?: string,
): NewRecord {
  if (!isPayload(payload)) {
    throw new ValidationError(`Cannot add ${what} as a record must be a JSON object`);
  }
  const problem = text === undefined ? undefined : jsonbProblem(text, payload);
  if (problem) throw new ValidationError(`Cannot add ${what} as ${problem}`);
  const record: NewRecord = { payloadText: text ?? toJsonText(payload, what) };
  if (options.priority !== undefined) record.priority = checkPriority(options, payload, what);
  if (options.runAt !== undefined) record.runAt = checkRunAt(options.runAt, payload, what);
  if (options.dedupeKey) record.dedupeKey = checkDedupeKey(options.dedupeKey(payload), what);
  return record;
}

/**
 * Inserts the records in chunks, in order, and wakes waiting workers when the transaction commits.
 * The session should be a transaction. Gives how many were added and how many were duplicates.
 */
export async function insertRecords(
  session: DatabaseSession,
  flowName: string,
  records: readonly NewRecord[],
): Promise<{ added: number; duplicates: number }> {
  let added = 0;
  for (const chunk of chunksOf(records)) added += await insertOneChunk(session, flowName, chunk);
  if (added > 0) await notifyWorkers(session, flowName);
  return { added, duplicates: records.length - added };
}

async function insertOneChunk(
  session: DatabaseSession,
  flowName: string,
  chunk: readonly NewRecord[],
): Promise<number> {
  if (chunk.every(isPlain)) {
    const payloads = `[${chunk.map((record) => record.payloadText).join()}]`;
    await session.query(insertPlainStatement, [flowName, payloads]);
    return chunk.length;
  }
  const rows = chunk.map((record, place) => {
    const fields = JSON.stringify({
      place,
      priority: record.priority,
      run_at: record.runAt,
      dedupe_key: record.dedupeKey,
    });
    return `${fields.slice(0, -1)},"payload":${record.payloadText}}`;
  });
  const inserted = await session.query(insertStatement, [flowName, `[${rows.join()}]`]);
  return inserted.length;
}

function isPlain(record: NewRecord): boolean {
  return record.priority === undefined && record.runAt === undefined &&
    record.dedupeKey === undefined;
}

function* chunksOf(records: readonly NewRecord[]): Generator<NewRecord[]> {
  let chunk: NewRecord[] = [];
  let characters = 0;
  for (const record of records) {
    if (
      chunk.length >= insertChunk.records ||
      (chunk.length > 0 && characters + record.payloadText.length > insertChunk.characters)
    ) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
    chunk.push(record);
    characters += record.payloadText.length;
  }
  if (chunk.length > 0) yield chunk;
}

function checkPriority(options: AddOptions, payload: Payload, what: string): number {
  const { priority = 0 } = options;
  const value = typeof priority === "function" ? priority(payload) : priority;
  if (Number.isInteger(value) && value >= -100 && value <= 100) return value;
  throw new ValidationError(
    `Cannot add ${what} as its priority must be a whole number from -100 to 100: it is ${value}`,
  );
}

function checkRunAt(
  runAt: Date | ((payload: Payload) => Date),
  payload: Payload,
  what: string,
): Date {
  const value = typeof runAt === "function" ? runAt(payload) : runAt;
  if (value instanceof Date && Number.isFinite(value.getTime())) return value;
  throw new ValidationError(`Cannot add ${what} as its run_at is not a date`);
}

function checkDedupeKey(key: string, what: string): string {
  if (key.length >= 1 && key.length <= maxDedupeKeyLength && !key.includes("\0")) return key;
  throw new ValidationError(
    `Cannot add ${what} as its dedupe key must have 1 to ${maxDedupeKeyLength} characters: it has ${key.length}`,
  );
}
