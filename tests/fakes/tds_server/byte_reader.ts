/** Reading the fields of a TDS message, one after the other. */

import { Buffer } from "node:buffer";

/** Where a message is being read. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  /** Begins at the message's start. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Whether all is read. */
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Gives the next bytes. */
  bytes(count: number): Buffer {
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Gives a byte. */
  uint8(): number {
    return this.bytes(1).readUInt8();
  }

  /** Gives a number of two bytes. */
  uint16(): number {
    return this.bytes(2).readUInt16LE();
  }

  /** Gives a number of four bytes. */
  uint32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** Gives a text of that many UTF-16 units. */
  text(units: number): string {
    return this.bytes(units * 2).toString("utf16le");
  }

  /** Gives all that is left. */
  rest(): Buffer {
    return this.bytes(this.#bytes.length - this.#at);
  }

  /** Passes over the headers that stand before a batch, a call or a transaction request. */
  skipHeaders(): this {
    this.bytes(this.uint32() - 4);
    return this;
  }

  /** Gives a value of unknown length, which comes in chunks; null when it is null. */
  chunked(): Buffer | null {
    if (this.bytes(8).every((byte) => byte === 0xff)) return null;
    const chunks: Buffer[] = [];
    for (let length = this.uint32(); length > 0; length = this.uint32()) {
      chunks.push(this.bytes(length));
    }
    return Buffer.concat(chunks);
  }
}
