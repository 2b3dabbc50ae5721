/** Going through a table batch after batch, with pauses that leave the database to the workers. */

import { delay } from "../../core/mod.ts";
import type { DatabaseManager } from "../../database/mod.ts";
import {
  type ArchiveFilter,
  type ArchiveSource,
  findWindowEnd,
  lockBatch,
  readLines,
  takeAway,
} from "./archive_batch.ts";
import type { ExportFile } from "./export_file.ts";

/** Ids looked through a statement, in batches: few records may match. */
const windowBatches = 10;

/** What to walk over, and what to take. */
export interface ArchiveWalk {
  /** The table. */
  source: ArchiveSource;
  /** The records meant. */
  filter: ArchiveFilter;
  /** Records a transaction. */
  batchSize: number;
  /** Where they are written first. */
  file: ExportFile | undefined;
  /** Aborted to end after the batch in hand. */
  signal: AbortSignal | undefined;
}

/**
 * Walks over a table by its primary key and takes away the records meant, each batch in a
 * transaction of its own; gives the size of each. Rests after a batch for as long as it took, so
 * that the database is the workers' for half of the time.
 */
export async function* takeBatches(
  database: DatabaseManager,
  { source, filter, batchSize, file, signal }: ArchiveWalk,
): AsyncGenerator<number> {
  let afterId = 0;
  while (!signal?.aborted) {
    const lastId = await findWindowEnd(database, source, afterId, batchSize * windowBatches);
    if (lastId === undefined) return;
    let isAll = false;
    while (!isAll && !signal?.aborted) {
      const startedAt = performance.now();
      const batch = await database.transaction(async (session) => {
        const range = { afterId, lastId, limit: batchSize };
        const locked = await lockBatch(session, source, filter, range);
        if (locked.ids.length === 0) return { ...locked, count: 0 };
        await file?.append(await readLines(session, source, locked.ids));
        return { ...locked, count: await takeAway(session, source, locked.ids) };
      });
      isAll = batch.isAll;
      afterId = isAll ? lastId : batch.ids.at(-1) ?? lastId;
      if (batch.count === 0) continue;
      yield batch.count;
      await pause(performance.now() - startedAt, signal);
    }
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, { signal });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
