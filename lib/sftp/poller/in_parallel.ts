/** Working on many files of a server at once. */

/** Enough to hide the way to a distant server. */
const itemsAtOnce = 16;

/** Works on several items at once. After a failure no further item is begun. */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let failure: { error: unknown } | undefined;
  await Promise.all(Array.from({ length: itemsAtOnce }, async () => {
    for (const item of rest) {
      if (failure !== undefined) return;
      await work(item).catch((error) => failure ??= { error });
    }
  }));
  if (failure !== undefined) throw failure.error;
}
