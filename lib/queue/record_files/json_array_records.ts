/** Records from a JSON array, element by element, without holding the array. */

import { decodeUtf8 } from "./byte_lines.ts";
import type { ByteSource, InputItem } from "./input_item.ts";
import { parseItem } from "./ndjson_records.ts";

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const lineFeed = 10;
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * Reads a JSON array. Only strings and brackets are looked at to find where elements end; each
 * element is then parsed by itself, so that a bad one is one item with its problem and the others
 * are read. What stands before or after the array, or an array that never ends, is an item with its
 * problem; nothing is read of an array that something else begins before.
 */
export async function* readJsonArray(
  source: ByteSource,
  maxRecordBytes: number,
): AsyncGenerator<InputItem> {
  let state: "before" | "inside" | "after" = "before";
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  let line = 1;
  let startLine = 1;
  let element: number[] = [];
  let size = 0;
  let count = 0;
  let marked = 0;
  let strayLine: number | undefined;

  const finish = (): InputItem | undefined => {
    const bytes = Uint8Array.from(element);
    const isTooLong = size > maxRecordBytes;
    const position = `record ${count + 1} (line ${startLine})`;
    element = [];
    size = 0;
    if (isTooLong) {
      count++;
      return { position, problem: `the record is longer than ${maxRecordBytes} bytes` };
    }
    const text = decodeUtf8(bytes)?.trim();
    if (text === "") return undefined;
    count++;
    if (text === undefined) return { position, problem: "the record is not UTF-8" };
    return parseItem(position, text);
  };

  for await (const chunk of source) {
    for (const byte of chunk) {
      if (byte === lineFeed) line++;
      if (state === "before") {
        if (byte === openBracket && strayLine !== undefined) {
          const problem = "there is something before the JSON array";
          yield { position: `line ${strayLine}`, problem };
          return;
        }
        if (byte === openBracket) {
          state = "inside";
          startLine = line;
        } else if (!isBlank(byte) && byte !== byteOrderMark[marked++]) {
          strayLine ??= line;
        }
        continue;
      }
      if (state === "after") {
        if (!isBlank(byte)) {
          yield { position: `line ${line}`, problem: "there is something after the JSON array" };
          return;
        }
        continue;
      }
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
      } else if (byte === quote) {
        isInString = true;
      } else if (byte === openBrace || byte === openBracket) {
        depth++;
      } else if (depth > 0 && (byte === closeBrace || byte === closeBracket)) {
        depth--;
      } else if (depth === 0 && (byte === comma || byte === closeBracket)) {
        const item = finish();
        if (item) yield item;
        else if (byte === comma || count > 0) {
          yield { position: `line ${line}`, problem: "there is a comma without a record" };
        }
        if (byte === closeBracket) state = "after";
        continue;
      }
      if (size === 0) {
        if (isBlank(byte)) continue;
        startLine = line;
      }
      size++;
      if (size <= maxRecordBytes) element.push(byte);
    }
  }
  if (state !== "after") {
    yield {
      position: `line ${line}`,
      problem: state === "before" ? "there is no JSON array" : "the JSON array is not closed",
    };
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === lineFeed || byte === 0x0d || byte === 0x09;
}
