/** The tokens that an answer is made of: MS-TDS, section 2.2.7. */

import { Buffer } from "node:buffer";

/** An error as the server sends it. */
export interface ServerError {
  /** SQL Server's number. */
  number: number;
  /** What it says. */
  message: string;
  /** 11 to 16 are the user's errors, 20 and above end the connection. Defaults to 16. */
  severity?: number;
}

/** SQL_Latin1_General_CP1_CI_AS */
export const collationBytes: Buffer = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

/** Writes numbers of one, two and four bytes, the lowest byte first. */
export const bytesOf = {
  uint8: (value: number): Buffer => Buffer.from([value]),
  uint16(value: number): Buffer {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  },
  int32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  },
  int64(value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
};

/** Writes a text after its length in one byte. */
export function shortText(text: string): Buffer {
  return Buffer.concat([bytesOf.uint8(text.length), Buffer.from(text, "utf16le")]);
}

function longText(text: string): Buffer {
  return Buffer.concat([bytesOf.uint16(text.length), Buffer.from(text, "utf16le")]);
}

function withLength(token: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([bytesOf.uint8(token), bytesOf.uint16(body.length), body]);
}

function change(kind: number, now: Buffer, before: Buffer): Buffer {
  return withLength(0xe3, bytesOf.uint8(kind), now, before);
}

const nothing = bytesOf.uint8(0);

function shortBytes(bytes: Buffer): Buffer {
  return Buffer.concat([bytesOf.uint8(bytes.length), bytes]);
}

/** What has changed for the session. */
export const changed = {
  database: (name: string): Buffer => change(1, shortText(name), nothing),
  packetSize: (size: number): Buffer => change(4, shortText(String(size)), shortText("4096")),
  collation: (): Buffer => change(7, shortBytes(collationBytes), nothing),
  transactionBegun: (id: Buffer): Buffer => change(8, shortBytes(id), nothing),
  transactionCommitted: (id: Buffer): Buffer => change(9, nothing, shortBytes(id)),
  transactionRolledBack: (id: Buffer): Buffer => change(10, nothing, shortBytes(id)),
  sessionReset: (): Buffer => change(18, nothing, nothing),
};

/** Writes that the login is accepted, for TDS 7.4. */
export function loginAccepted(): Buffer {
  const protocol = Buffer.from([1, 0x74, 0x00, 0x00, 0x04]);
  return withLength(0xad, protocol, shortText("Stand-in"), Buffer.from([16, 0, 0, 0]));
}

/** Writes an error. */
export function failed({ number, message, severity = 16 }: ServerError): Buffer {
  return withLength(
    0xaa,
    bytesOf.int32(number),
    Buffer.from([1, severity]),
    longText(message),
    shortText("double"),
    nothing,
    bytesOf.int32(1),
  );
}

/** How a statement or an answer ended. */
export interface Ending {
  /** The rows that it gave or changed. */
  rows?: number | null | undefined;
  /** It has failed. */
  hasFailed?: boolean;
  /** It answers an attention. */
  isAttention?: boolean;
  /** Another result follows. */
  hasMore?: boolean;
}

function ending(token: number, { rows, hasFailed, isAttention, hasMore }: Ending): Buffer {
  const hasRows = rows !== undefined && rows !== null;
  const status = (hasMore ? 0x01 : 0) | (hasFailed ? 0x02 : 0) | (hasRows ? 0x10 : 0) |
    (isAttention ? 0x20 : 0);
  return Buffer.concat([
    bytesOf.uint8(token),
    bytesOf.uint16(status),
    bytesOf.uint16(0),
    bytesOf.int64(BigInt(rows ?? 0)),
  ]);
}

/** Ends a batch or one of its statements. */
export function done(how: Ending = {}): Buffer {
  return ending(0xfd, how);
}

/** Ends a statement inside a procedure. */
export function doneInProcedure(how: Ending = {}): Buffer {
  return ending(0xff, { ...how, hasMore: true });
}

/** Ends a procedure. */
export function doneProcedure(how: Ending = {}): Buffer {
  const status = Buffer.concat([bytesOf.uint8(0x79), bytesOf.int32(how.hasFailed ? 1 : 0)]);
  return Buffer.concat([status, ending(0xfe, how)]);
}
