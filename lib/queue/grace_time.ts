/** The time that a stop leaves to the records in hand. */

/** Waits for the grace time after a stop; the promise gives no outcomes. */
export function waitForGrace(signal: AbortSignal, graceMs: number | undefined) {
  const { promise, resolve } = Promise.withResolvers<PromiseSettledResult<void>[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const begin = () => {
    timer = setTimeout(() => {
      isOver = true;
      resolve([]);
    }, graceMs);
  };
  if (graceMs !== undefined && signal.aborted) begin();
  else if (graceMs !== undefined) signal.addEventListener("abort", begin, { once: true });
  return {
    over: promise,
    isOver: () => isOver,
    cancel() {
      clearTimeout(timer);
      signal.removeEventListener("abort", begin);
    },
  };
}
