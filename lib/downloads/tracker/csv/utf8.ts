/** Whether bytes are UTF-8, chunk by chunk. */

import { isUtf8 } from "node:buffer";

/** Gives the length of the longest start of the bytes that does not end within a character. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Gives the place of the first byte that is not UTF-8; -1 when all are. */
export function firstInvalidByte(bytes: Uint8Array): number {
  if (isUtf8(bytes)) return -1;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : sequenceLength(byte);
    if (length > bytes.length - at || !isUtf8(bytes.subarray(at, at + length))) break;
    at += length;
  }
  return at;
}

function sequenceLength(firstByte: number): number {
  return firstByte >= 0xf0 ? 4 : firstByte >= 0xe0 ? 3 : 2;
}
