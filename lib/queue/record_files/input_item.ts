/** What the readers of record files give: a record, or why there is none, and where. */

import type { JsonValue } from "../queue_record.ts";

/** One record of an input, or what is wrong with it. */
export type InputItem =
  | {
    /** Where it stands, such as `line 17`. */
    position: string;
    /** What it says. */
    value: JsonValue;
    /** Its JSON text. */
    text: string;
  }
  | {
    /** Where it stands, such as `lines 17-19`. */
    position: string;
    /** What is wrong, for a person. */
    problem: string;
  };

/** Bytes, as files and standard input give them. */
export type ByteSource = AsyncIterable<Uint8Array>;
