/** Records from NDJSON: one JSON value a line; blank lines are passed over. */

import { parseJson } from "../../database/mod.ts";
import type { JsonValue } from "../queue_record.ts";
import { decodeUtf8, readByteLines, withoutByteOrderMark } from "./byte_lines.ts";
import type { ByteSource, InputItem } from "./input_item.ts";

/** Reads NDJSON, line by line. A bad line is one item with its problem; reading goes on. */
export async function* readNdjson(
  source: ByteSource,
  maxRecordBytes: number,
): AsyncGenerator<InputItem> {
  for await (const line of readByteLines(source, maxRecordBytes)) {
    const position = `line ${line.number}`;
    if (line.isTooLong) {
      yield { position, problem: `the line is longer than ${maxRecordBytes} bytes` };
      continue;
    }
    const decoded = decodeUtf8(line.bytes);
    if (decoded === undefined) {
      yield { position, problem: "the line is not UTF-8" };
      continue;
    }
    const text = (line.number === 1 ? withoutByteOrderMark(decoded) : decoded).trim();
    if (text !== "") yield parseItem(position, text);
  }
}

/** Parses a JSON text into an item. */
export function parseItem(position: string, text: string): InputItem {
  try {
    return { position, text, value: parseJson(text) as JsonValue };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { position, problem: `not valid JSON: ${reason}` };
  }
}
