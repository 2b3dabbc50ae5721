/** Reading a body that may be silent, endless or both. */

import { withDeadline } from "../../core/mod.ts";
import { silent } from "./drive_session.ts";

/** How a {@link bodyParts} is read. */
export interface BodyReading {
  /** The address that a person knows, for errors. */
  about: string;
  /** Ends the reading. */
  signal?: AbortSignal | undefined;
}

/** How long a body may be silent, in milliseconds. */
const silenceMs = 60_000;
const maxTextBytes = 4 * 1024 * 1024;

/**
 * Gives a body part by part; however it ends, the connection is given up.
 *
 * @throws NetworkError when nothing comes for a minute; the reason of the signal
 */
export async function* bodyParts(
  body: ReadableStream<Uint8Array>,
  { about, signal }: BodyReading,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    while (true) {
      const { value, done } = await withDeadline(() => reader.read(), {
        ms: silenceMs,
        signal,
        onTimeout: () => silent(about, silenceMs),
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may have failed, which is known then
  }
}

/** Reads a web page, at most its first 4 MiB. */
export async function readText(response: Response, reading: BodyReading): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of bodyParts(response.body, reading)) {
    text += decoder.decode(part, { stream: true });
    bytes += part.length;
    if (bytes >= maxTextBytes) break;
  }
  return text;
}
