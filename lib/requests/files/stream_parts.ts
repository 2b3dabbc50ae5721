/** Reading streams of the Node kind that may fail before they are read. */

import type { Readable } from "node:stream";

/**
 * Watches a stream from now on, and gives what reads its parts and throws what it fails with. The
 * stream's own iterator waits for ever when the failure came before the first part was asked for.
 */
export function streamParts(stream: Readable): AsyncGenerator<unknown, void> {
  const failed = new Promise<never>((_, reject) => stream.on("error", reject));
  failed.catch(() => {}); // it is thrown to who reads
  return (async function* () {
    const parts = stream[Symbol.asyncIterator]();
    for (;;) {
      const part = await Promise.race([failed, parts.next()]);
      if (part.done) return;
      yield part.value;
    }
  })();
}
