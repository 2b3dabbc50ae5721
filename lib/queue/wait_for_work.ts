/** Waiting until a flow may have records again: woken by the database, and by the clock. */

import { delay, getLogger, OpsdeckError } from "../core/mod.ts";
import type { DatabaseManager } from "../database/mod.ts";
import { queueChannel } from "./notify_workers.ts";

/** A bell that rings when records were added to a flow. */
export interface WorkBell extends AsyncDisposable {
  /** Forgets rings so far; to be called before a claim, so that none after it is missed. */
  clear(): void;
  /**
   * Waits for a ring, the timeout or the signal, whichever comes first, and gives whether it rang.
   * Does not throw.
   */
  wait(timeoutMs: number, signal: AbortSignal): Promise<boolean>;
}

const logger = getLogger("queue");

/**
 * Listens for records of a flow. When the database refuses to listen, waits by the clock alone; a
 * listening connection that breaks is set up again by the driver, and rings then.
 */
export async function openWorkBell(database: DatabaseManager, flowName: string): Promise<WorkBell> {
  let isRinging = false;
  let wake: () => void = () => {};
  const ring = () => {
    isRinging = true;
    wake();
  };
  let listener: AsyncDisposable | undefined;
  try {
    listener = await database.listen(queueChannel, (message) => {
      if (message === flowName) ring();
    }, ring);
  } catch (error) {
    if (!(error instanceof OpsdeckError)) throw error;
    logger.warning("Cannot listen for new records; looking for them by the clock", { error });
  }
  return {
    clear() {
      isRinging = false;
    },
    async wait(timeoutMs, signal) {
      if (isRinging || signal.aborted) return isRinging;
      const rung = new AbortController();
      wake = () => rung.abort();
      await delay(timeoutMs, { signal: AbortSignal.any([signal, rung.signal]) }).catch(() => {});
      wake = () => {};
      return isRinging;
    },
    async [Symbol.asyncDispose]() {
      await listener?.[Symbol.asyncDispose]();
    },
  };
}
