/** What goes out, encrypted: the part of ssh2's `ChaChaPolyCipherNative`. */

import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";
import { lengthBytes, PacketCipher, tagBytes } from "./packet_cipher.ts";

/** Gives out room for packets, and encrypts what has been put there. */
export class PacketWriter {
  readonly #cipher: PacketCipher;
  readonly #onWrite: (data: Buffer) => void;
  #isDead = false;
  #isLent = false;
  /** The number of the next packet: the library sets it. */
  outSeqno: number;

  /** Goes on at a packet's number. */
  constructor(key: Uint8Array, outSeqno: number, onWrite: (data: Buffer) => void) {
    this.#cipher = new PacketCipher(key);
    this.outSeqno = outSeqno;
    this.#onWrite = onWrite;
  }

  /** Sends nothing more. */
  free(): void {
    this.#isDead = true;
  }

  /** Gives a packet with its length and its padding, for a payload of `payloadLength` bytes. */
  allocPacket(payloadLength: number): Buffer {
    // The padding makes all but the length a multiple of 8, and is 4 bytes at least (RFC 4253 §6).
    let padding = 8 - ((1 + payloadLength) & 7);
    if (padding < 4) padding += 8;
    const total = lengthBytes + 1 + payloadLength + padding;
    const packet = this.#isLent || total + tagBytes > this.#cipher.packet.length
      ? Buffer.allocUnsafe(total)
      : this.#cipher.packet.subarray(0, total);
    this.#isLent = true;
    packet.writeUInt32BE(total - lengthBytes, 0);
    packet[lengthBytes] = padding;
    randomFillSync(packet, lengthBytes + 1 + payloadLength, padding);
    return packet;
  }

  /** Encrypts a packet and sends it. */
  encrypt(packet: Buffer): void {
    this.#isLent = false;
    if (this.#isDead) return;
    const { packet: place } = this.#cipher;
    if (packet.buffer !== place.buffer) place.set(packet);
    this.#cipher.seal(this.outSeqno, packet.length - lengthBytes);
    this.outSeqno = (this.outSeqno + 1) >>> 0;
    // Whoever takes it copies it before this returns.
    this.#onWrite(place.subarray(0, packet.length + tagBytes));
  }
}
