/** Which of many numbers were there before, in little memory. */

const blockBits = 15;
const blockMask = (1 << blockBits) - 1;

/**
 * A set of whole numbers of 0 or more that takes a bit each where they lie close together, as the
 * ids of issues do: a million of them take a few hundred kilobytes.
 */
export class SeenIds {
  readonly #blocks = new Map<number, Uint32Array>();

  /** Adds a number and tells whether it is new. */
  add(id: number): boolean {
    const high = Math.floor(id / (blockMask + 1));
    const low = id - high * (blockMask + 1);
    let block = this.#blocks.get(high);
    if (block === undefined) {
      block = new Uint32Array((blockMask + 1) / 32);
      this.#blocks.set(high, block);
    }
    const word = low >>> 5;
    const bit = 1 << (low & 31);
    const bits = block[word] ?? 0;
    if ((bits & bit) !== 0) return false;
    block[word] = bits | bit;
    return true;
  }
}
