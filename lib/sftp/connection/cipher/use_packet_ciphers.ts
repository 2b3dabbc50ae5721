/** Putting our ciphers into the SSH library's client. */

// @ts-types="@types/ssh2"
import type { Client } from "ssh2";
import { type OnPayload, PacketReader } from "./packet_reader.ts";
import { PacketWriter } from "./packet_writer.ts";

/** What `npm:ssh2` 1.17.0 keeps, under names of its own (`lib/protocol/crypto.js`). */
interface Protocol {
  _cipher?: LibraryCipher;
  _decipher?: LibraryDecipher;
}

interface LibraryCipher {
  constructor: { name: string };
  _encKeyMain?: Uint8Array;
  _encKeyPktLen?: Uint8Array;
  _onWrite?: (data: Uint8Array) => void;
  outSeqno?: number;
}

interface LibraryDecipher {
  constructor: { name: string };
  _decKeyMain?: Uint8Array;
  _decKeyPktLen?: Uint8Array;
  _onPayload?: OnPayload;
  inSeqno?: number;
  _lenPos?: number;
  _pktLen?: number;
  _macPos?: number;
}

/**
 * Uses our ChaCha20-Poly1305 from the next key exchange on, and after each further one. Where another
 * cipher was agreed on, or anything is not as this version of the library has it, the library's own
 * stays: slower, and as right.
 */
export function usePacketCiphers(client: Client): void {
  client.on("handshake", () => {
    const { _protocol: protocol } = client as unknown as { _protocol?: Protocol };
    if (protocol === undefined) return;
    replaceCipher(protocol);
    replaceDecipher(protocol);
  });
}

function replaceCipher(protocol: Protocol): void {
  const { _cipher: library } = protocol;
  if (library?.constructor.name !== "ChaChaPolyCipherNative") return;
  const { _encKeyMain: main, _encKeyPktLen: length, _onWrite: onWrite, outSeqno } = library;
  const key = wholeKey(main, length);
  if (key === undefined || onWrite === undefined || outSeqno === undefined) return;
  protocol._cipher = new PacketWriter(key, outSeqno, onWrite);
}

function replaceDecipher(protocol: Protocol): void {
  const { _decipher: library } = protocol;
  if (library?.constructor.name !== "ChaChaPolyDecipherNative") return;
  // It may have begun a packet already, while the host key was thought about.
  const { _lenPos: lengthDone, _pktLen: packetDone, _macPos: tagDone } = library;
  if (lengthDone !== 0 || packetDone !== 0 || tagDone !== 0) return;
  const { _decKeyMain: main, _decKeyPktLen: length, _onPayload: onPayload, inSeqno } = library;
  const key = wholeKey(main, length);
  if (key === undefined || onPayload === undefined || inSeqno === undefined) return;
  protocol._decipher = new PacketReader(key, inSeqno, onPayload);
}

function wholeKey(main?: Uint8Array, length?: Uint8Array): Uint8Array | undefined {
  if (main?.length !== 32 || length?.length !== 32) return undefined;
  const key = new Uint8Array(64);
  key.set(main);
  key.set(length, 32);
  return key;
}
