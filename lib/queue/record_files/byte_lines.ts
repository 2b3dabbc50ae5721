/** Lines of a byte stream with their numbers; a line that is too long is cut, never kept whole. */

import type { ByteSource } from "./input_item.ts";

/** One line. */
export interface ByteLine {
  /** From 1. */
  number: number;
  /** The line without its line feed; a carriage return before it is still there. */
  bytes: Uint8Array;
  /** The line had more bytes than the limit, and `bytes` holds only its beginning. */
  isTooLong: boolean;
}

const lineFeed = 10;

/** Splits bytes into lines at line feeds. A last line without one counts; an empty one does not. */
export async function* readByteLines(
  source: ByteSource,
  maxLineBytes: number,
): AsyncGenerator<ByteLine> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  let number = 0;

  const keep = (piece: Uint8Array) => {
    const room = Math.max(0, maxLineBytes - size);
    // The source may use its buffer again, and a line may wait for its next piece.
    if (room > 0) pieces.push(piece.slice(0, room));
    size += piece.length;
  };
  const finish = (last: Uint8Array): ByteLine => {
    number++;
    if (pieces.length === 0 && last.length <= maxLineBytes) {
      return { number, bytes: last, isTooLong: false };
    }
    keep(last);
    const line = { number, bytes: joined(pieces), isTooLong: size > maxLineBytes };
    pieces = [];
    size = 0;
    return line;
  };

  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      yield finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (size > 0) yield finish(new Uint8Array());
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads bytes as UTF-8; undefined when they are not. A byte order mark stays. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Takes a byte order mark off the beginning of a text. */
export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
