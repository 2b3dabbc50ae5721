/** Stopping is not a failure. */

/** Waits for work, and gives undefined in the place of the signal's own rejection. */
export async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}
