/** Which row has an id: a hash table of row numbers that holds no text. */

const encoder = new TextEncoder();
const firstCapacity = 1024;
const none = -1;

/** Finds rows by the hash of their ids; whether a row really has the id, the caller says. */
export class RowIds {
  #hashes = new Uint32Array(firstCapacity);
  #slots = new Int32Array(firstCapacity * 2).fill(none);
  #count = 0;

  /** How many rows there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds the next row.
   *
   * @param hasId tells whether an earlier row has the same id
   * @returns the earlier row with this id; undefined when there is none
   */
  add(hash: number, hasId: (row: number) => boolean): number | undefined {
    const row = this.#count;
    if (row === this.#hashes.length) this.#grow();
    const earlier = this.find(hash, hasId);
    this.#hashes[row] = hash;
    this.#count++;
    if (earlier === undefined) this.#place(row, hash);
    return earlier;
  }

  /** Counts a row that nobody will find. */
  skip(): void {
    if (this.#count === this.#hashes.length) this.#grow();
    this.#count++;
  }

  /** Gives the row that has the hash and for which `hasId` is true. */
  find(hash: number, hasId: (row: number) => boolean): number | undefined {
    const mask = this.#slots.length - 1;
    for (let slot = spread(hash) & mask;; slot = (slot + 1) & mask) {
      const row = this.#slots[slot] ?? none;
      if (row === none) return undefined;
      if (this.#hashes[row] === hash && hasId(row)) return row;
    }
  }

  #place(row: number, hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = spread(hash) & mask;
    while (this.#slots[slot] !== none) slot = (slot + 1) & mask;
    this.#slots[slot] = row;
  }

  #grow(): void {
    const hashes = new Uint32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    const placed = this.#slots.filter((row) => row !== none);
    this.#hashes = hashes;
    this.#slots = new Int32Array(hashes.length * 2).fill(none);
    for (const row of placed) this.#place(row, hashes[row] ?? 0);
  }
}

/** Hashes an id: FNV-1a of its UTF-8 (Fowler, Noll, Vo; RFC 9923). */
export function hashOf(id: string): number {
  return hashBytes(encoder.encode(id), 0, Infinity);
}

/** The same of a part of a buffer. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  const stop = Math.min(end, bytes.length);
  let hash = 0x811c9dc5;
  for (let at = start; at < stop; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash >>> 0;
}

/** FNV's low bits are weak for numbers that follow one another. */
function spread(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7;
}
