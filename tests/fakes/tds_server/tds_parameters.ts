/** The parameters of a call, as `sp_executesql` takes them: MS-TDS, section 2.2.6.6. */

import { ByteReader } from "./byte_reader.ts";

/** A value and the PostgreSQL type that stands for its own. */
export interface CallParameter {
  /** Its name, `@` and all; empty for those of the procedure itself. */
  name: string;
  /** Such as `bigint`. */
  type: string;
  /** In PostgreSQL's text form. */
  value: string | null;
}

/** A procedure that is called. */
export interface Call {
  /** Its name or its number. */
  procedure: string | number;
  /** What it is called with. */
  parameters: CallParameter[];
}

/** Reads a call. */
export function readCall(reader: ByteReader): Call {
  const nameLength = reader.uint16();
  const procedure = nameLength === 0xffff ? reader.uint16() : reader.text(nameLength);
  reader.uint16(); // options
  const parameters: CallParameter[] = [];
  while (!reader.isAtEnd) {
    const name = reader.text(reader.uint8());
    reader.uint8(); // by value or for output
    parameters.push({ name, ...readValue(reader) });
  }
  return { procedure, parameters };
}

function readValue(reader: ByteReader): Pick<CallParameter, "type" | "value"> {
  const token = reader.uint8();
  switch (token) {
    case 0xe7: // nvarchar
      return { type: "text", value: readText(reader) };
    case 0xa5: // varbinary
      return { type: "bytea", value: readBytes(reader) };
    case 0x26: // int, bigint
      return { type: reader.uint8() === 8 ? "bigint" : "integer", value: readInteger(reader) };
    case 0x68: // bit
      reader.uint8();
      return { type: "boolean", value: readInteger(reader) };
    case 0x6d: { // float
      reader.uint8();
      const length = reader.uint8();
      const bytes = reader.bytes(length);
      return { type: "float8", value: length === 0 ? null : String(bytes.readDoubleLE()) };
    }
    case 0x2a: // datetime2
      return { type: "timestamp", value: readTime(reader, reader.uint8()) };
    default:
      throw new Error(`The double does not know the parameter type 0x${token.toString(16)}`);
  }
}

function readText(reader: ByteReader): string | null {
  const maxLength = reader.uint16();
  reader.bytes(5); // collation
  if (maxLength === 0xffff) return reader.chunked()?.toString("utf16le") ?? null;
  const length = reader.uint16();
  return length === 0xffff ? null : reader.bytes(length).toString("utf16le");
}

function readBytes(reader: ByteReader): string | null {
  const isLong = reader.uint16() === 0xffff;
  if (isLong) return toHex(reader.chunked());
  const length = reader.uint16();
  return length === 0xffff ? null : toHex(reader.bytes(length));
}

function toHex(bytes: ReturnType<ByteReader["chunked"]>): string | null {
  return bytes === null ? null : `\\x${bytes.toString("hex")}`;
}

function readInteger(reader: ByteReader): string | null {
  const length = reader.uint8();
  const bytes = reader.bytes(length);
  if (length === 0) return null;
  if (length === 8) return String(bytes.readBigInt64LE());
  return String(length === 1 ? bytes.readUInt8() : bytes.readIntLE(0, length));
}

/** Units of 10^-scale seconds, then days since the year 1. */
function readTime(reader: ByteReader, scale: number): string | null {
  const length = reader.uint8();
  if (length === 0) return null;
  const units = reader.bytes(length - 3).readUIntLE(0, length - 3);
  const days = reader.bytes(3).readUIntLE(0, 3);
  const date = new Date(Date.parse("0001-01-01T00:00:00Z") + days * 86_400_000);
  const seconds = units / 10 ** scale;
  const time = [seconds / 3600, seconds / 60 % 60].map((part) =>
    String(Math.floor(part)).padStart(2, "0")
  );
  const rest = (seconds % 60).toFixed(6).padStart(9, "0");
  return `${date.toISOString().slice(0, 10)} ${time.join(":")}:${rest}`;
}
