/**
 * The bytes of files on their way through the SSH library, without the buffers that it makes: for
 * every part of 128 KiB it puts the message together in a fresh one, in either direction, and these
 * pile up to a hundred megabytes before they are collected.
 */

import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import { type ChannelRequest, isReceivingSide, isSendingSide } from "./channel_inside.ts";

/** SSH_FXP_WRITE and SSH_FXP_DATA (draft-ietf-secsh-filexfer-02 §3). */
const writeType = 6;
const dataType = 103;

/** Length, type, request and the length of the data: what stands before the data. */
const dataHeaderBytes = 13;

/**
 * Lets the answers to reads go straight into the buffers that wait for them. Changes nothing when
 * the library is not as it is known.
 */
export function receiveDirectly(channel: SFTPWrapper): void {
  const inside: unknown = channel;
  if (!isReceivingSide(inside)) return;
  const pass = inside.push.bind(inside);
  const header = Buffer.alloc(dataHeaderBytes);
  let headerFilled = 0;
  let passingBytes = 0;
  let request: ChannelRequest | undefined;
  let target: Buffer = Buffer.alloc(0);
  let filled = 0;

  /** Takes from the beginning of a message; gives how many bytes of it. */
  const begin = (data: Buffer): number => {
    if (headerFilled === 0 && data.length >= 5 && data[4] !== dataType) {
      const total = 4 + data.readUInt32BE(0);
      const count = Math.min(total, data.length);
      pass(data.subarray(0, count));
      passingBytes = total - count;
      return count;
    }
    const count = Math.min(dataHeaderBytes - headerFilled, data.length);
    header.set(data.subarray(0, count), headerFilled);
    headerFilled += count;
    if (headerFilled < 5 || (header[4] === dataType && headerFilled < dataHeaderBytes)) {
      return count;
    }
    const total = 4 + header.readUInt32BE(0);
    const used = Math.min(total, headerFilled);
    // What was taken too much belongs to the next message.
    const spare = headerFilled - used;
    headerFilled = 0;
    if (header[4] === dataType && total >= dataHeaderBytes && expect(total)) return count;
    pass(Buffer.from(header.subarray(0, used)));
    passingBytes = total - used;
    return count - spare;
  };

  /** Looks for the read that the header answers. */
  const expect = (total: number): boolean => {
    const id = header.readUInt32BE(5);
    const length = header.readUInt32BE(9);
    const waiting = inside._requests[id];
    if (waiting?.buffer === undefined || waiting.cb === undefined) return false;
    if (length > waiting.buffer.length || total !== dataHeaderBytes + length) return false;
    delete inside._requests[id];
    request = waiting;
    target = waiting.buffer.subarray(0, length);
    filled = 0;
    if (length === 0) finish();
    return true;
  };

  const finish = () => {
    const done = request;
    request = undefined;
    done?.cb?.(undefined, done.buffer, target.length);
  };

  inside.push = (data) => {
    if (data === null) return pass(null);
    for (let at = 0; at < data.length;) {
      const left = data.length - at;
      if (passingBytes > 0) {
        const count = Math.min(passingBytes, left);
        pass(data.subarray(at, at + count));
        passingBytes -= count;
        at += count;
      } else if (request !== undefined) {
        const count = Math.min(target.length - filled, left);
        target.set(data.subarray(at, at + count), filled);
        filled += count;
        at += count;
        if (filled === target.length) finish();
      } else at += begin(data.subarray(at));
    }
    return undefined;
  };
}

/**
 * Sends a write without putting its message together, where the channel has room for all of it.
 * Gives false when it has not, or the library is not as it is known: then its own way is to be taken.
 */
export function writeDirectly(
  channel: SFTPWrapper,
  handle: Buffer,
  data: Buffer,
  position: number,
  done: (error: Error | undefined) => void,
): boolean {
  const inside: unknown = channel;
  if (!isSendingSide(inside)) return false;
  const { outgoing } = inside;
  const header = Buffer.allocUnsafe(25 + handle.length);
  const total = header.length + data.length;
  const hasRoom = outgoing.state === "open" && inside._buffer.length === 0 &&
    outgoing.window > total && outgoing.packetSize > header.length &&
    data.length <= inside._maxWriteLen;
  if (!hasRoom) return false;

  const id = inside._writeReqid = (inside._writeReqid + 1) >>> 0;
  header.writeUInt32BE(total - 4, 0);
  header[4] = writeType;
  header.writeUInt32BE(id, 5);
  header.writeUInt32BE(handle.length, 9);
  header.set(handle, 13);
  header.writeBigUInt64BE(BigInt(position), 13 + handle.length);
  header.writeUInt32BE(data.length, 21 + handle.length);
  inside._requests[id] = { cb: done };
  outgoing.window -= total;
  inside._protocol.channelData(outgoing.id, header);
  for (let at = 0; at < data.length; at += outgoing.packetSize) {
    inside._protocol.channelData(outgoing.id, data.subarray(at, at + outgoing.packetSize));
  }
  return true;
}
