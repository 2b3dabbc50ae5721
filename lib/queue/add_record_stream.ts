/** Adding a stream of records in one transaction, so that an interrupted run leaves nothing. */

import { ValidationError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import {
  type AddOptions,
  insertChunk,
  insertChunks,
  type NewRecord,
  prepareRecord,
} from "./enqueue_records.ts";
import { certainTransaction } from "./certain_transaction.ts";
import { findLongInteger } from "./exact_numbers.ts";
import { checkFlowName } from "./queue_checks.ts";
import type { InputItem } from "./record_files/input_item.ts";

/** How to add a stream of records. */
export interface AddStreamOptions extends AddOptions {
  /** Add nothing at all when a single record is rejected. */
  allOrNothing?: boolean;
  /** Read and check everything, add nothing. */
  dryRun?: boolean;
  /** Stops the reading; nothing is added then. */
  signal?: AbortSignal;
  /** Hears of every record that is rejected. */
  onRejected?: (position: string, problem: string) => void;
  /** Hears, once, of the first record with a whole number that JavaScript rounds, and its field. */
  onLongInteger?: (position: string, field: string | undefined) => void;
  /** Hears how many records went by. */
  onProgress?: (count: number) => void;
}

/** What became of a stream of records. */
export interface AddStreamCounts {
  /** Were added (or would have been). */
  added: number;
  /** Were left out, as their dedupe key is held by an unfinished record of the flow. */
  duplicates: number;
  /** Were wrong. */
  rejected: number;
}

/**
 * Adds the records of an input to a flow, all in one transaction: a run that is interrupted, or
 * that fails, adds nothing and can simply be run again. Holds only a chunk of records at a time,
 * and reads the next one while the database takes the last.
 *
 * @throws ValidationError with `allOrNothing` when a record is rejected; an AbortError when
 * stopped; DatabaseConnectionError when nothing was added; OpsdeckError with the code
 * `COMMIT_UNKNOWN` when that cannot be told.
 */
export async function addRecordStream(
  database: DatabaseManager,
  flowName: string,
  items: AsyncIterable<InputItem>,
  options: AddStreamOptions = {},
): Promise<AddStreamCounts> {
  checkFlowName(flowName);
  const counts: AddStreamCounts = { added: 0, duplicates: 0, rejected: 0 };
  if (options.dryRun) {
    for await (const chunk of prepareChunks(items, options, counts)) counts.added += chunk.length;
    return counts;
  }
  return await certainTransaction(database, async (session) => {
    const chunks = prepareChunks(items, options, counts);
    const inserted = await insertChunks(session, flowName, chunks, ({ added, duplicates }) => {
      options.onProgress?.(added + duplicates);
    });
    return { ...inserted, rejected: counts.rejected };
  });
}

async function* prepareChunks(
  items: AsyncIterable<InputItem>,
  options: AddStreamOptions,
  counts: AddStreamCounts,
): AsyncGenerator<NewRecord[]> {
  let chunk: NewRecord[] = [];
  let characters = 0;
  let { onLongInteger } = options;
  for await (const item of untilStopped(items, options.signal)) {
    const record = prepareItem(item, options);
    if (typeof record === "string") {
      counts.rejected++;
      options.onRejected?.(item.position, record);
      continue;
    }
    const found = onLongInteger && "value" in item ? findLongInteger(item.value) : undefined;
    if (found) {
      onLongInteger?.(item.position, found.field);
      onLongInteger = undefined;
    }
    chunk.push(record);
    characters += record.payloadText.length;
    if (chunk.length >= insertChunk.records || characters >= insertChunk.characters) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
  }
  if (options.allOrNothing && counts.rejected > 0) {
    throw new ValidationError(
      `Added nothing as ${counts.rejected} of the records ${
        counts.rejected === 1 ? "is" : "are"
      } wrong and --all-or-nothing was given`,
      { context: { rejected: counts.rejected } },
    );
  }
  if (chunk.length > 0) yield chunk;
}

async function* untilStopped<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const stopped = () =>
    new DOMException("Added nothing as it was stopped before the end; run it again", "AbortError");
  try {
    for await (const item of items) {
      if (signal?.aborted) throw stopped();
      yield item;
    }
  } catch (error) {
    throw signal?.aborted ? stopped() : error;
  }
  if (signal?.aborted) throw stopped();
}

function prepareItem(item: InputItem, options: AddOptions): NewRecord | string {
  if ("problem" in item) return item.problem;
  try {
    return prepareRecord(item.value, "it", options, item.text);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.message.replace(/^Cannot add it as /, "");
  }
}
