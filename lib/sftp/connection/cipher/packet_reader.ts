/** What comes in, decrypted: the part of ssh2's `ChaChaPolyDecipherNative`. */

import { Buffer } from "node:buffer";
import { lengthBytes, PacketCipher, tagBytes } from "./packet_cipher.ts";

/** The bound that the library sets. */
const maxLength = 35_000;

/** SSH_MSG_CHANNEL_DATA (RFC 4254 §5.2). */
const channelData = 94;

/** What the library does with a payload; gives where to go on, false for "here", or nothing. */
export type OnPayload = (payload: Buffer) => number | false | undefined;

/** Takes encrypted bytes as they come, and gives the payload of each packet. */
export class PacketReader {
  readonly #cipher: PacketCipher;
  #filled = 0;
  #length = 0;
  /** The number of the next packet: the library sets it. */
  inSeqno: number;
  /** What to do with a payload: the library changes it for the time of a key exchange. */
  _onPayload: OnPayload;

  /** Goes on at a packet's number. */
  constructor(key: Uint8Array, inSeqno: number, onPayload: OnPayload) {
    this.#cipher = new PacketCipher(key);
    this.inSeqno = inSeqno;
    this._onPayload = onPayload;
  }

  /** Part of the library's interface. */
  free(): void {}

  /** Takes `data` from `at` to `end`; gives where the library wants to stop, if it does. */
  decrypt(data: Uint8Array, at: number, end: number): number | undefined {
    const { packet } = this.#cipher;
    while (at < end) {
      if (this.#filled < lengthBytes) {
        at = this.#take(data, at, end, lengthBytes);
        if (this.#filled < lengthBytes) return undefined;
        this.#length = this.#cipher.readLength(this.inSeqno);
        const isPossible = this.#length >= 8 && this.#length <= maxLength &&
          this.#length % 8 === 0;
        if (!isPossible) throw new Error("Bad packet length");
      }
      const packetEnd = lengthBytes + this.#length + tagBytes;
      at = this.#take(data, at, end, packetEnd);
      if (this.#filled < packetEnd) return undefined;

      if (!this.#cipher.open(this.inSeqno, this.#length)) throw new Error("Invalid MAC");
      const padding = packet[lengthBytes] ?? 0;
      let payload = packet.subarray(lengthBytes + 1, lengthBytes + this.#length - padding);
      // Channel data is dealt with at once, and what is kept of it is copied. Of other messages the
      // library keeps parts, and the next packet comes to the same place.
      if (payload[0] !== channelData) payload = Buffer.from(payload);
      this.inSeqno = (this.inSeqno + 1) >>> 0;
      this.#filled = 0;
      const next = this._onPayload(payload);
      if (next !== undefined) return next === false ? at : next;
    }
    return undefined;
  }

  #take(data: Uint8Array, at: number, end: number, wanted: number): number {
    const count = Math.min(wanted - this.#filled, end - at);
    this.#cipher.packet.set(data.subarray(at, at + count), this.#filled);
    this.#filled += count;
    return at + count;
  }
}
