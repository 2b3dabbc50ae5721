/** Asking the person at the terminal before something is done that cannot be undone. */

/** How {@link askBefore} may end early. */
export interface AskOptions {
  /** Ends the wait for the answer; it rejects with the signal's reason. */
  signal: AbortSignal;
}

/** Tells whether there is a person to ask: standard input and standard error are a terminal. */
export function canAsk(): boolean {
  return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
}

/**
 * Asks a question on stderr and tells whether the answer is `y` or `yes`.
 *
 * @param question a whole sentence with its question mark
 */
export async function askBefore(question: string, { signal }: AskOptions): Promise<boolean> {
  signal.throwIfAborted();
  Deno.stderr.writeSync(new TextEncoder().encode(`${question} [y/N] `));
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const buffer = new Uint8Array(100);
    const count = await Promise.race([Deno.stdin.read(buffer), stopped]);
    return /^y(es)?$/i.test(new TextDecoder().decode(buffer.subarray(0, count ?? 0)).trim());
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
