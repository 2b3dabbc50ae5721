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
const defaultMaxTextBytes = 4 * 1024 * 1024;

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

/** What {@link readText} gives. */
export interface ReadText {
  /** The page, or its beginning. */
  text: string;
  /** Whether that is all of it. */
  isWhole: boolean;
}

/** Reads a web page, at most its first 4 MiB, or as much as is said. */
export async function readText(
  response: Response,
  { maxBytes = defaultMaxTextBytes, ...reading }: BodyReading & { maxBytes?: number },
): Promise<ReadText> {
  if (response.body === null) return { text: "", isWhole: true };
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of bodyParts(response.body, reading)) {
    text += decoder.decode(part, { stream: true });
    bytes += part.length;
    if (bytes > maxBytes) return { text, isWhole: false };
  }
  return { text: text + decoder.decode(), isWhole: true };
}
