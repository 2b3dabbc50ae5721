/** SHA-256 of parts that arrive in any order. */

import { createHash, type Hash } from "node:crypto";

/** Takes parts of a file in any order and hashes them in the right one. */
export class OrderedDigest {
  readonly #hash: Hash = createHash("sha256");
  readonly #parked = new Map<number, Uint8Array>();
  #position = 0;

  /** Up to where it has hashed. */
  get position(): number {
    return this.#position;
  }

  /** Takes a part; it is copied when it must wait for another one. */
  add(bytes: Uint8Array, position: number): void {
    if (position !== this.#position) {
      // Not slice(): a Buffer's gives the same bytes, which the next part is read into.
      this.#parked.set(position, Uint8Array.from(bytes));
      return;
    }
    this.#update(bytes);
    for (
      let next = this.#parked.get(this.#position);
      next !== undefined;
      next = this.#parked.get(this.#position)
    ) {
      this.#parked.delete(this.#position);
      this.#update(next);
    }
  }

  /** Gives the checksum of everything, in hexadecimal digits. */
  hex(): string {
    return this.#hash.digest("hex");
  }

  #update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#position += bytes.length;
  }
}
