/** Keeping to a rate: so many records a second, evenly. */

import { delay } from "../core/mod.ts";

/** Hands out the moments at which records may start. */
export interface Pace {
  /** Waits for the next moment; rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<void>;
}

/** Makes a pace of so many records a second; without a rate, there is no wait. */
export function createPace(ratePerSecond: number | undefined): Pace {
  let nextAt = 0;
  return {
    async next(signal) {
      signal.throwIfAborted();
      if (ratePerSecond === undefined) return;
      const now = performance.now();
      const startAt = Math.max(now, nextAt);
      nextAt = startAt + 1000 / ratePerSecond;
      if (startAt > now) await delay(startAt - now, { signal });
    },
  };
}
