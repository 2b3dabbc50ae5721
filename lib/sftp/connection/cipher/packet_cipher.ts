/**
 * chacha20-poly1305@openssh.com in WebAssembly, in place of the SSH library's own. That one makes
 * three ciphers of Deno and several buffers for every 32 KiB, which costs more than the encryption,
 * and the buffers pile up. Here a packet stays in one place, and nothing is made for it.
 */

import { Buffer } from "node:buffer";
import { wasmBase64 } from "./chacha20_poly1305_wasm.ts";

interface Exports {
  memory: WebAssembly.Memory;
  keys: WebAssembly.Global;
  packet: WebAssembly.Global;
  readLength(sequence: number): number;
  open(sequence: number, length: number): number;
  seal(sequence: number, length: number): void;
}

let compiled: WebAssembly.Module | undefined;

/** The bytes of a packet's length, and of its tag. */
export const lengthBytes = 4;
/** The bytes of a packet's tag. */
export const tagBytes = 16;

/** Encrypts or decrypts packets with one key pair, in one place. */
export class PacketCipher {
  readonly #exports: Exports;
  /** Where the packet is: its length, the rest, its tag. */
  readonly packet: Buffer;

  /** Takes the 64 bytes of key as the key exchange gives them. */
  constructor(key: Uint8Array) {
    compiled ??= new WebAssembly.Module(Uint8Array.fromBase64(wasmBase64));
    // The module is ours, and these are what it exports.
    this.#exports = new WebAssembly.Instance(compiled).exports as unknown as Exports;
    const { memory, keys, packet } = this.#exports;
    new Uint8Array(memory.buffer, Number(keys.value), 64).set(key);
    this.packet = Buffer.from(memory.buffer, Number(packet.value));
  }

  /** Gives the length that the first four bytes say; they stay encrypted. */
  readLength(sequence: number): number {
    return this.#exports.readLength(sequence) >>> 0;
  }

  /** Checks the tag behind `length` bytes and decrypts them; gives whether it was right. */
  open(sequence: number, length: number): boolean {
    return this.#exports.open(sequence, length) === 1;
  }

  /** Encrypts the four bytes and `length` more, and puts the tag behind them. */
  seal(sequence: number, length: number): void {
    this.#exports.seal(sequence, length);
  }
}
