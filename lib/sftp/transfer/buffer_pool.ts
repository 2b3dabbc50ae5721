/** The buffers of all transfers of one call: their number is what bounds its memory. */

import { Buffer } from "node:buffer";

/** Lends buffers of one size; who finds none waits. */
export class BufferPool {
  readonly #size: number;
  readonly #free: Buffer[] = [];
  readonly #waiting: ((buffer: Buffer) => void)[] = [];
  #left: number;

  /** Begins with none; up to `count` of `size` bytes are made when they are needed. */
  constructor(size: number, count: number) {
    this.#size = size;
    this.#left = count;
  }

  /** Gives a buffer, as soon as there is one. It is given back or dropped in any case. */
  take(): Buffer | Promise<Buffer> {
    const buffer = this.#free.pop();
    if (buffer !== undefined) return buffer;
    if (this.#left > 0) {
      this.#left--;
      return Buffer.allocUnsafeSlow(this.#size);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Takes a buffer back that nobody writes into any more. */
  giveBack(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }

  /**
   * Replaces a buffer that was lent for a read which was given up: the library still writes the
   * answer into it when one comes.
   */
  drop(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#left++;
    else next(Buffer.allocUnsafeSlow(this.#size));
  }
}
