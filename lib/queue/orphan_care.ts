/** Taking orphans back on a schedule while workers watch: one worker of all at a time. */

import { delay, getLogger } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { type CleanupCounts, cleanupOrphans } from "./cleanup_orphans.ts";

/** How a watching worker cares for orphans, of whatever flow. */
export interface OrphanCareOptions {
  /** Silence after which a record is taken back, in milliseconds; more than 0. */
  timeoutMs: number;
  /** A record that failed this often in all is failed for good. */
  maxRetries: number;
  /** How often it looks, in milliseconds. Defaults to a quarter of the timeout, at most 5 minutes. */
  everyMs?: number;
}

// Any number does that no other program uses on this database.
const careLock = 7_218_440_133;
const maxEveryMs = 300_000;

const logger = getLogger("queue");

/**
 * Looks for orphans now and again until disposed of. Whoever does not get the advisory lock leaves
 * this round to the worker that has it. Trouble is logged, and the next round tried.
 */
export function startOrphanCare(
  database: DatabaseManager,
  options: OrphanCareOptions,
): AsyncDisposable {
  const stop = new AbortController();
  const everyMs = options.everyMs ?? Math.min(options.timeoutMs / 4, maxEveryMs);
  const run = async () => {
    while (!stop.signal.aborted) {
      try {
        const counts = await cleanupOnce(database, options);
        if (counts && counts.requeued + counts.failed > 0) {
          logger.warning("Took back records whose worker died or went silent", { ...counts });
        }
      } catch (error) {
        logger.warning("Cannot look for orphans; it is tried again", { error });
      }
      await delay(everyMs, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

async function cleanupOnce(
  database: DatabaseManager,
  { timeoutMs, maxRetries }: OrphanCareOptions,
): Promise<CleanupCounts | undefined> {
  return await database.transaction(async (session) => {
    const [lock] = await session.query<{ held: boolean }>(
      "select pg_try_advisory_xact_lock($1::bigint) as held",
      [careLock],
    );
    return lock?.held ? await cleanupOrphans(session, timeoutMs, maxRetries, undefined) : undefined;
  });
}
