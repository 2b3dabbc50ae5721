/** Adding records: whole chunks in one statement each, duplicates by key left out. */

import { setImmediate } from "node:timers/promises";
import { ValidationError } from "../core/mod.ts";
import type { DatabaseSession } from "../database/mod.ts";
import { isPayload, jsonbProblem, toJsonText } from "./json_text.ts";
import { checkDedupeKey, checkPriority, checkRunAt } from "./new_record_checks.ts";
import { notifyWorkers } from "./notify_workers.ts";
import type { Payload } from "./queue_record.ts";

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

/** What became of records that were to be added. */
export interface AddedCounts {
  /** Are in the queue now. */
  added: number;
  /** Were left out, as their dedupe key is held by an unfinished record of the flow. */
  duplicates: number;
}

/** The most that one statement inserts: few round trips, and the next one is soon ready. */
export const insertChunk: { records: number; characters: number } = {
  records: 2_000,
  characters: 8_000_000,
};

// JSON text holds no control character but tab and the ends of lines, so this one parts payloads.
// Splitting a text costs the server less than taking a JSON array apart.
const separator = "\x01";

const insertPlainStatement = `
insert into processing_queue (flow_name, payload)
select $1, added.payload::jsonb
from string_to_table($2::text, e'\\x01') with ordinality as added (payload, place)
order by added.place`;

const insertStatement = `
insert into processing_queue (flow_name, payload, priority, run_at, dedupe_key)
select
  $1,
  added.payload::jsonb,
  coalesce(added.priority, 0),
  coalesce(added.run_at, now()),
  added.dedupe_key
from rows from (
  string_to_table($2::text, e'\\x01'),
  unnest($3::smallint[]),
  unnest($4::timestamptz[]),
  unnest($5::text[])
) with ordinality as added (payload, priority, run_at, dedupe_key, place)
order by added.place
on conflict (flow_name, dedupe_key)
  where dedupe_key is not null and status in ('pending', 'processing')
  do nothing`;

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
  const problem = text === undefined ? undefined : jsonbProblem(text);
  if (problem) throw new ValidationError(`Cannot add ${what} as ${problem}`);
  const record: NewRecord = { payloadText: text ?? toJsonText(payload, what) };
  const { priority, runAt, dedupeKey } = options;
  if (priority !== undefined) {
    const value = typeof priority === "function" ? priority(payload) : priority;
    record.priority = checkPriority(value, what);
  }
  if (runAt !== undefined) {
    record.runAt = checkRunAt(typeof runAt === "function" ? runAt(payload) : runAt, what);
  }
  if (dedupeKey) record.dedupeKey = checkDedupeKey(dedupeKey(payload), what);
  return record;
}

/** As {@link prepareRecord}, for one record after the other of a list. */
export function* prepareRecords(
  payloads: readonly unknown[],
  options: AddOptions,
): Generator<NewRecord> {
  for (const [index, payload] of payloads.entries()) {
    yield prepareRecord(payload, `record ${index + 1}`, options);
  }
}

/** Gathers records in chunks, each for one statement. */
export function* chunksOf(records: Iterable<NewRecord>): Generator<NewRecord[]> {
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

/** Takes the first item at once, so that what is wrong with it is known, and the rest in turn. */
export function withFirstNow<T>(items: Iterable<T>): Iterable<T> {
  const iterator = items[Symbol.iterator]();
  let next = iterator.next();
  return {
    *[Symbol.iterator]() {
      for (; !next.done; next = iterator.next()) yield next.value;
    },
  };
}

/**
 * Inserts chunks of records, in order, and wakes waiting workers when the transaction commits: while
 * the database takes one, the next is made ready. The session should be a transaction. `onInserted`
 * hears what became of each. Gives how many were added and how many were duplicates. A chunk that
 * the database refuses is met at once, though the next one is still awaited.
 */
export async function insertChunks(
  session: DatabaseSession,
  flowName: string,
  chunks: Iterable<readonly NewRecord[]> | AsyncIterable<readonly NewRecord[]>,
  onInserted?: (counts: AddedCounts) => void,
): Promise<AddedCounts> {
  const counts: AddedCounts = { added: 0, duplicates: 0 };
  const source = iteratorOf(chunks);
  let inserting: Promise<void> = Promise.resolve();
  let isSourceWaiting = false;
  try {
    while (true) {
      isSourceWaiting = true;
      // A source may be silent for ever: a failure of the insert under way is not to wait for it.
      const next = await Promise.race([source.next(), failureOf(inserting)]);
      isSourceWaiting = false;
      if (next.done) break;
      await inserting;
      const chunk = next.value;
      inserting = insertOneChunk(session, flowName, chunk).then((added) => {
        const duplicates = chunk.length - added;
        counts.added += added;
        counts.duplicates += duplicates;
        onInserted?.({ added, duplicates });
      });
      // Its failure is met when it is awaited; until then it must not count as unhandled.
      inserting.catch(() => {});
      // Without a turn of the event loop the statement would leave only when the next chunk is made.
      await setImmediate();
    }
    await inserting;
  } catch (error) {
    const closing = (async () => await source.return?.())().catch(() => {});
    // One that waits for its next item closes when that wait ends, which may be never.
    if (!isSourceWaiting) await closing;
    await Promise.allSettled([inserting]);
    throw error;
  }
  if (counts.added > 0) await notifyWorkers(session, flowName);
  return counts;
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}

/** Fails when the work does, and never ends else. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => work.catch(reject));
}

async function insertOneChunk(
  session: DatabaseSession,
  flowName: string,
  chunk: readonly NewRecord[],
): Promise<number> {
  const payloads = chunk.map((record) => record.payloadText).join(separator);
  if (chunk.every(isPlain)) {
    return await session.execute(insertPlainStatement, [flowName, payloads]);
  }
  return await session.execute(insertStatement, [
    flowName,
    payloads,
    chunk.map((record) => record.priority ?? null),
    chunk.map((record) => record.runAt ?? null),
    chunk.map((record) => record.dedupeKey ?? null),
  ]);
}

function isPlain(record: NewRecord): boolean {
  return record.priority === undefined && record.runAt === undefined &&
    record.dedupeKey === undefined;
}
