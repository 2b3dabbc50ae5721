/** Adding records that may have been added before, by a caller that never heard of it. */

import type { DatabaseManager, DatabaseSession } from "../database/mod.ts";
import { chunksOf, insertChunks, prepareRecord } from "./enqueue_records.ts";
import { checkFlowName } from "./queue_checks.ts";
import type { Payload } from "./queue_record.ts";

/** A record and the key that no other record of its flow ever has. */
export interface KeyedRecord {
  /** 1 to 200 characters. */
  dedupeKey: string;
  /** The record's payload, a JSON object. */
  payload: Payload;
}

/** How {@link addRecordsOnce} adds. */
export interface AddOnceOptions {
  /**
   * An earlier call may have added them: those that are there already, whatever became of them
   * since, are left out. Reads all finished records and the archive. Defaults to false.
   */
  mayBeRepeat?: boolean;
}

/** What {@link addRecordsOnce} did. */
export interface AddOnceCounts {
  /** Were added. */
  added: number;
  /** Were there already. */
  known: number;
}

const knownKeysStatement = `
select dedupe_key
from processing_queue
where flow_name = $1 and dedupe_key = any($2::text[])`;

const archivedKeysStatement = `
select dedupe_key
from processing_queue_archive
where flow_name = $1 and dedupe_key = any($2::text[])`;

/**
 * Adds records to a flow, all or none, and exactly once however often it is called for them: the
 * unique index knows a key only while its record is unfinished, so that a repeat is looked up among
 * the finished and archived ones too. (A record that was purged from the archive is not known any
 * more.) Calls with the same first record come after one another, until the end of the transaction.
 *
 * @throws ValidationError when a payload or key is not acceptable; DatabaseConnectionError, after
 * which the records may or may not be there: call again with `mayBeRepeat`.
 */
export async function addRecordsOnce(
  database: DatabaseManager,
  flowName: string,
  records: readonly KeyedRecord[],
  { mayBeRepeat = false }: AddOnceOptions = {},
): Promise<AddOnceCounts> {
  checkFlowName(flowName);
  const prepared = records.map(({ payload, dedupeKey }) =>
    prepareRecord(payload, `the record ${dedupeKey}`, { dedupeKey: () => dedupeKey })
  );
  const [first] = records;
  if (first === undefined) return { added: 0, known: 0 };
  return await database.transaction(async (session) => {
    // An earlier call whose connection broke may still be under way on the server.
    await session.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `opsdeck add once ${flowName} ${first.dedupeKey}`,
    ]);
    const keys = records.map(({ dedupeKey }) => dedupeKey);
    const known = mayBeRepeat ? await readKnownKeys(session, flowName, keys) : new Set<string>();
    const isNew = prepared.filter(({ dedupeKey = "" }) => !known.has(dedupeKey));
    const { added } = await insertChunks(session, flowName, chunksOf(isNew));
    return { added, known: records.length - added };
  });
}

/**
 * Finds out whether records can be added to a flow now.
 *
 * @throws ValidationError for a flow name that cannot be; DatabaseConnectionError;
 * ConfigurationError or OpsdeckError with the code `SCHEMA_MISSING` without the queue's tables.
 */
export async function checkQueueTakesRecords(
  database: DatabaseManager,
  flowName: string,
): Promise<void> {
  checkFlowName(flowName);
  await database.query("select 1 from processing_queue limit 0");
}

async function readKnownKeys(
  session: DatabaseSession,
  flowName: string,
  keys: readonly string[],
): Promise<Set<string>> {
  const rows = await session.query<{ dedupe_key: string }>(knownKeysStatement, [flowName, keys]);
  // Asked beforehand, as a statement that fails would end the transaction.
  const [archive] = await session.query<{ there: boolean }>(
    "select to_regclass('processing_queue_archive') is not null as there",
  );
  const archived = archive?.there
    ? await session.query<{ dedupe_key: string }>(archivedKeysStatement, [flowName, keys])
    : [];
  return new Set([...rows, ...archived].map((row) => row.dedupe_key));
}
