/** Which PostgreSQL types become which values, by the numbers of `pg_type.dat`. */

import { Buffer } from "node:buffer";
import { OpsdeckError } from "../core/mod.ts";
import { parseJson } from "./exact_json.ts";
import { formatArray, parseArray } from "./postgres_arrays.ts";

/** How values of some types go to the server and come back, as the driver takes it. */
export interface PostgresType {
  /** The type's number when the driver picks it. */
  to: number;
  /** The types that are read this way. */
  from: number[];
  /** Gives the text that goes to the server. */
  serialize: (value: unknown) => string;
  /** Gives the value of the text that came. */
  parse: (text: string) => unknown;
}

interface ScalarType {
  type: number;
  array: number;
  write: (value: unknown) => string;
  read: (text: string) => unknown;
}

const scalars: Record<string, ScalarType> = {
  bool: { type: 16, array: 1000, write: writeBoolean, read: (text) => text === "t" },
  bytea: { type: 17, array: 1001, write: writeBytes, read: readBytes },
  int8: { type: 20, array: 1016, write: String, read: readInteger },
  int2: { type: 21, array: 1005, write: String, read: Number },
  int4: { type: 23, array: 1007, write: String, read: Number },
  text: { type: 25, array: 1009, write: String, read: String },
  json: { type: 114, array: 199, write: JSON.stringify, read: parseJson },
  float4: { type: 700, array: 1021, write: String, read: Number },
  float8: { type: 701, array: 1022, write: String, read: Number },
  varchar: { type: 1043, array: 1015, write: String, read: String },
  date: { type: 1082, array: 1182, write: writeTime, read: readTime },
  timestamp: { type: 1114, array: 1115, write: writeTime, read: readTime },
  timestamptz: { type: 1184, array: 1185, write: writeTime, read: readTime },
  numeric: { type: 1700, array: 1231, write: String, read: String },
  uuid: { type: 2950, array: 2951, write: String, read: String },
  jsonb: { type: 3802, array: 3807, write: JSON.stringify, read: parseJson },
};

/** The table for the driver's `types` option. */
export const postgresTypes: Readonly<Record<string, PostgresType>> = Object.fromEntries(
  Object.entries(scalars).flatMap(([name, { type, array, write, read }]) => [
    [name, { to: type, from: [type], serialize: write, parse: read }],
    [`${name}s`, {
      to: array,
      from: [array],
      serialize: (value: unknown) =>
        Array.isArray(value) ? formatArray(value, write) : String(value),
      parse: (text: string) => parseArray(text, read),
    }],
  ]),
);

function writeBoolean(value: unknown): string {
  return typeof value === "boolean" ? (value ? "t" : "f") : String(value);
}

function writeBytes(value: unknown): string {
  return value instanceof Uint8Array
    ? `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`
    : String(value);
}

function readBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2), "hex"));
}

function readInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new OpsdeckError(
    `Cannot read the number ${text} as it is larger than a number can hold exactly ` +
      `(${Number.MAX_SAFE_INTEGER}); select it as text`,
    { code: "NUMBER_TOO_LARGE" },
  );
}

function writeTime(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

// Rows that came by one statement have the same times again and again.
let lastTimeText = "";
let lastTimeMs = 0;

/**
 * Reads through ISO 8601, as the looser forms of `new Date()` take the year 0001 for 2001. The
 * session's time zone is UTC and its style ISO, so a time without a zone is in UTC too.
 */
function readTime(text: string): Date {
  if (text !== lastTimeText) {
    lastTimeMs = readTimeMs(text);
    lastTimeText = text;
  }
  return new Date(lastTimeMs);
}

function readTimeMs(text: string): number {
  let iso = text.replace(" ", "T");
  if (iso.endsWith("+00")) iso = `${iso.slice(0, -3)}Z`;
  else if (/T.*[+-]\d\d$/.test(iso)) iso += ":00";
  else if (/T[^+-]*$/.test(iso)) iso += "Z";
  const ms = Date.parse(iso);
  if (!Number.isNaN(ms) && !text.endsWith("BC")) return ms;
  throw new OpsdeckError(
    `Cannot read the time "${text}" as it is outside the years 1 to 9999; select it as text`,
    { code: "TIME_OUT_OF_RANGE" },
  );
}
