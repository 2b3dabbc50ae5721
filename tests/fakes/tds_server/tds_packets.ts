/** TDS messages: https://learn.microsoft.com/openspecs/windows_protocols/ms-tds, section 2.2.3.1 */

import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";

/** What a client's message is. */
export const messageTypes = {
  batch: 0x01,
  call: 0x03,
  answer: 0x04,
  attention: 0x06,
  transaction: 0x0e,
  login: 0x10,
  prelogin: 0x12,
} as const;

/** One message, whose packets have been joined. */
export interface TdsMessage {
  /** One of {@link messageTypes}. */
  type: number;
  /** The client has given it up while sending it. */
  isIgnored: boolean;
  /** The session is to be as new before it. */
  resetsSession: boolean;
  /** What it says. */
  body: Buffer;
}

const headerLength = 8;
const packetLength = 4096;
const endOfMessage = 0x01;
const ignored = 0x02;
const resetConnection = 0x08;

/** Reads messages until the stream ends. */
export async function* readMessages(stream: Duplex): AsyncGenerator<TdsMessage> {
  let rest: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let isFirst = true;
  let resetsSession = false;
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headerLength && rest.length >= rest.readUInt16BE(2)) {
      const length = rest.readUInt16BE(2);
      const type = rest.readUInt8(0);
      const status = rest.readUInt8(1);
      if (isFirst) resetsSession = (status & resetConnection) !== 0;
      isFirst = false;
      parts.push(rest.subarray(headerLength, length));
      rest = rest.subarray(length);
      if ((status & endOfMessage) === 0) continue;
      const isIgnored = (status & ignored) !== 0;
      yield { type, isIgnored, resetsSession, body: Buffer.concat(parts) };
      parts = [];
      isFirst = true;
    }
  }
}

/** Cuts an answer into packets. */
export function toPackets(body: Buffer, type: number = messageTypes.answer): Buffer {
  const size = packetLength - headerLength;
  const packets: Buffer[] = [];
  for (let at = 0; at === 0 || at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    const header = Buffer.alloc(headerLength);
    header.writeUInt8(type, 0);
    header.writeUInt8(at + size >= body.length ? endOfMessage : 0, 1);
    header.writeUInt16BE(headerLength + part.length, 2);
    header.writeUInt8((packets.length + 1) & 0xff, 6);
    packets.push(header, part);
  }
  return Buffer.concat(packets);
}
