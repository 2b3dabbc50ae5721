/** Rows of PostgreSQL, in its text form, as columns and rows of TDS. */

import { Buffer } from "node:buffer";
import { bytesOf, collationBytes, shortText } from "./tds_tokens.ts";

/** A column of PostgreSQL. */
export interface SourceColumn {
  /** Its name. */
  name: string;
  /** The number of its type in `pg_type`. */
  type: number;
}

/** A value in PostgreSQL's text form. */
export type SourceValue = string | null;

interface ColumnWriter {
  type: Buffer;
  write: (value: SourceValue) => Buffer;
}

const sourceTypes = {
  boolean: 16,
  bytes: 17,
  bigint: 20,
  smallint: 21,
  integer: 23,
  real: 700,
  float: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
};

/** Writes the metadata of a result's columns and its rows. */
export function resultRows(columns: readonly SourceColumn[], rows: SourceValue[][]): Buffer {
  const writers = columns.map(({ type }, index) =>
    columnWriter(type, rows.map((row) => row[index] ?? null))
  );
  const metadata = columns.map(({ name }, index) =>
    Buffer.concat([
      bytesOf.int32(0),
      bytesOf.uint16(0x0009), // nullable, updatable
      writers[index]?.type ?? Buffer.alloc(0),
      shortText(name),
    ])
  );
  const written = rows.map((row) =>
    Buffer.concat([
      bytesOf.uint8(0xd1),
      ...writers.map(({ write }, index) => write(row[index] ?? null)),
    ])
  );
  return Buffer.concat([
    bytesOf.uint8(0x81),
    bytesOf.uint16(columns.length),
    ...metadata,
    ...written,
  ]);
}

function columnWriter(type: number, values: SourceValue[]): ColumnWriter {
  switch (type) {
    case sourceTypes.boolean:
      return fixed(0x68, 1, (text) => bytesOf.uint8(text === "t" ? 1 : 0));
    case sourceTypes.smallint:
    case sourceTypes.integer:
      return fixed(0x26, 4, (text) => bytesOf.int32(Number(text)));
    case sourceTypes.bigint:
      return fixed(0x26, 8, (text) => bytesOf.int64(BigInt(text)));
    case sourceTypes.real:
    case sourceTypes.float:
      return fixed(0x6d, 8, writeFloat);
    case sourceTypes.numeric:
      return decimalWriter(values);
    case sourceTypes.timestamp:
    case sourceTypes.timestamptz:
      return {
        type: Buffer.from([0x2a, 7]),
        write: (text) => text === null ? bytesOf.uint8(0) : sized(writeTime(text)),
      };
    case sourceTypes.bytes:
      return {
        type: Buffer.from([0xa5, 0xff, 0xff]),
        write: (text) => chunked(text === null ? null : Buffer.from(text.slice(2), "hex")),
      };
    default:
      return textWriter(values);
  }
}

function fixed(token: number, length: number, write: (text: string) => Buffer): ColumnWriter {
  return {
    type: Buffer.from([token, length]),
    write: (text) => text === null ? bytesOf.uint8(0) : sized(write(text)),
  };
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([bytesOf.uint8(bytes.length), bytes]);
}

function writeFloat(text: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(text));
  return bytes;
}

/** Long texts make their column `nvarchar(max)`, the others `nvarchar(4000)`. */
function textWriter(values: SourceValue[]): ColumnWriter {
  const isLong = values.some((text) => text !== null && text.length > 4000);
  const length = isLong ? 0xffff : 8000;
  return {
    type: Buffer.concat([bytesOf.uint8(0xe7), bytesOf.uint16(length), collationBytes]),
    write(text) {
      const bytes = text === null ? null : Buffer.from(text, "utf16le");
      if (isLong) return chunked(bytes);
      if (bytes === null) return bytesOf.uint16(0xffff);
      return Buffer.concat([bytesOf.uint16(bytes.length), bytes]);
    },
  };
}

function chunked(bytes: Buffer | null): Buffer {
  if (bytes === null) return Buffer.alloc(8, 0xff);
  const length = bytesOf.int64(BigInt(bytes.length));
  const chunks = bytes.length === 0 ? [] : [bytesOf.int32(bytes.length), bytes];
  return Buffer.concat([length, ...chunks, bytesOf.int32(0)]);
}

function decimalWriter(values: SourceValue[]): ColumnWriter {
  const scale = Math.max(0, ...values.map((text) => text?.split(".")[1]?.length ?? 0));
  return {
    type: Buffer.from([0x6c, 17, 38, scale]),
    write(text) {
      if (text === null) return bytesOf.uint8(0);
      const [whole = "", fraction = ""] = text.replace("-", "").split(".");
      const digits = BigInt(whole + fraction.padEnd(scale, "0"));
      const bytes = Buffer.alloc(17);
      bytes.writeUInt8(text.startsWith("-") ? 0 : 1, 0);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, digits), 1);
      bytes.writeBigUInt64LE(digits >> 64n, 9);
      return sized(bytes);
    },
  };
}

const msPerDay = 86_400_000;

/** `2026-11-21 10:00:00.123456`, with or without `+00`: units of 100 ns, then days of the year 1. */
function writeTime(text: string): Buffer {
  const [date = "", time = ""] = text.replace(/\+00$/, "").split(" ");
  const [hours, minutes, seconds = "0"] = time.split(":");
  const [whole = "0", fraction = ""] = seconds.split(".");
  const inSeconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(whole);
  const units = BigInt(inSeconds) * 10_000_000n + BigInt(fraction.padEnd(7, "0"));
  const bytes = Buffer.alloc(8);
  bytes.writeUIntLE(Number(units), 0, 5);
  bytes.writeUIntLE((Date.parse(`${date}T00:00:00Z`) - dayOne) / msPerDay, 5, 3);
  return bytes;
}

const dayOne = Date.parse("0001-01-01T00:00:00Z");
