/** The first two messages of a connection and their answers. */

import { Buffer } from "node:buffer";
import { changed, done, loginAccepted } from "./tds_tokens.ts";

/** What both sides may say about encryption before the login. */
export const encryption = { off: 0, on: 1, unsupported: 2, required: 3 } as const;

const versionOption = 0;
const encryptionOption = 1;
const lastOption = 0xff;

/** Gives what the client's first message says about encryption. */
export function readEncryption(body: Buffer): number {
  for (let at = 0; body[at] !== lastOption; at += 5) {
    if (body[at] === encryptionOption) return body.readUInt8(body.readUInt16BE(at + 1));
  }
  return encryption.unsupported;
}

/** Writes the answer to the first message. */
export function preloginAnswer(encryptionByte: number): Buffer {
  const options = Buffer.from([
    ...[versionOption, 0, 11, 0, 6],
    ...[encryptionOption, 0, 17, 0, 1],
    lastOption,
  ]);
  return Buffer.concat([options, Buffer.from([16, 0, 0, 0, 0, 0, encryptionByte])]);
}

/** Who logs in. */
export interface Login {
  /** The login's name. */
  user: string;
  /** Its password. */
  password: string;
  /** What the client calls itself. */
  application: string;
  /** The database that it wants. */
  database: string;
}

/** Where the places of a login's texts are written. */
const textPlaces = { user: 40, password: 44, application: 48, database: 68 };

/** Reads a login. */
export function readLogin(body: Buffer): Login {
  const bytesAt = (place: number) => {
    const start = body.readUInt16LE(place);
    return body.subarray(start, start + body.readUInt16LE(place + 2) * 2);
  };
  const password = bytesAt(textPlaces.password).map((byte) => {
    const clear = byte ^ 0xa5;
    return (clear << 4 | clear >> 4) & 0xff;
  });
  return {
    user: bytesAt(textPlaces.user).toString("utf16le"),
    password: Buffer.from(password).toString("utf16le"),
    application: bytesAt(textPlaces.application).toString("utf16le"),
    database: bytesAt(textPlaces.database).toString("utf16le"),
  };
}

/** Writes the answer to a login that is accepted. */
export function loginAnswer({ database }: Login): Buffer {
  return Buffer.concat([
    changed.database(database),
    changed.collation(),
    loginAccepted(),
    changed.packetSize(4096),
    done(),
  ]);
}
