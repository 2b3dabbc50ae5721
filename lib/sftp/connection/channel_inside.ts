/**
 * What `npm:ssh2` 1.17.0 keeps of a channel, under names of its own (`lib/protocol/SFTP.js`). Where
 * another version keeps any of it elsewhere, its own way is taken: slower, and as right.
 */

import type { Buffer } from "node:buffer";

/** What answers come in by. */
export interface ReceivingSide {
  push: (data: Buffer | null) => unknown;
  _requests: Record<number, ChannelRequest | undefined>;
}

/** What requests go out by. */
export interface SendingSide {
  outgoing: { id: number; state: string; window: number; packetSize: number };
  _requests: Record<number, ChannelRequest | undefined>;
  _writeReqid: number;
  _buffer: unknown[];
  _maxWriteLen: number;
  _protocol: { channelData: (id: number, data: Buffer) => void };
}

/** A request that waits for its answer. */
export interface ChannelRequest {
  buffer?: Buffer;
  cb?: (error: Error | undefined, data?: Buffer, count?: number) => void;
}

/** Tells whether answers come in as they are known to. */
export function isReceivingSide(channel: unknown): channel is ReceivingSide {
  return hasFields(channel, { push: "function", _requests: "object" });
}

/** Tells whether requests go out as they are known to. */
export function isSendingSide(channel: unknown): channel is SendingSide {
  return hasFields(channel, {
    outgoing: "object",
    _requests: "object",
    _writeReqid: "number",
    _buffer: "object",
    _maxWriteLen: "number",
    _protocol: "object",
  }) && hasFields(channel["outgoing"], {
    id: "number",
    state: "string",
    window: "number",
    packetSize: "number",
  }) && Array.isArray(channel["_buffer"]) &&
    hasFields(channel["_protocol"], { channelData: "function" });
}

function hasFields(
  value: unknown,
  kinds: Readonly<Record<string, "function" | "number" | "object" | "string">>,
): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(kinds).every(([name, kind]) => {
    const field: unknown = Reflect.get(value, name);
    return typeof field === kind && field !== null;
  });
}
