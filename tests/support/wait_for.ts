/** Waiting for a condition instead of for a time. */

/** How {@link waitFor} waits. */
export interface WaitForOptions {
  /** How long at most, in milliseconds. Defaults to 15000. */
  timeoutMs?: number;
  /** What is waited for, for the error. */
  what: string;
}

const pollMs = 10;

/**
 * Asks until the condition gives something truthy, and gives that.
 *
 * @throws Error, naming what was waited for, when the time is over.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 15_000, what }: WaitForOptions,
): Promise<Exclude<T, undefined | null | false | 0 | "">> {
  const endsAt = performance.now() + timeoutMs;
  while (true) {
    const value = await condition();
    // A truthy value is none of the excluded ones.
    if (value) return value as Exclude<T, undefined | null | false | 0 | "">;
    if (performance.now() > endsAt) {
      throw new Error(`Cannot wait longer for ${what}: it did not come in ${timeoutMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
