/** Which parts of a file nobody has taken yet. */

/** Where a part begins, and how long it is; both in bytes. */
export interface PartRange {
  position: number;
  length: number;
}

/**
 * Hands out the parts of a file one after the other. Those that came back go first, the one nearest
 * to the file's beginning before the others: it may be what everything else waits for.
 */
export class PartsToDo {
  readonly #size: number;
  readonly #chunkBytes: number;
  readonly #returned: PartRange[] = [];
  #next: number;

  /** Begins at `from`; the last part ends at `size`. */
  constructor({ from, size, chunkBytes }: { from: number; size: number; chunkBytes: number }) {
    this.#next = from;
    this.#size = size;
    this.#chunkBytes = chunkBytes;
  }

  /** Whether there is a part to take. */
  get isAnyLeft(): boolean {
    return this.#returned.length > 0 || this.#next < this.#size;
  }

  /** Where the part that {@link take} gives next begins. */
  get nextPosition(): number {
    return this.#returned[0]?.position ?? this.#next;
  }

  /** Gives the next part; undefined when none is left. */
  take(): PartRange | undefined {
    const returned = this.#returned.shift();
    if (returned !== undefined) return returned;
    const position = this.#next;
    if (position >= this.#size) return undefined;
    const length = Math.min(this.#chunkBytes, this.#size - position);
    this.#next += length;
    return { position, length };
  }

  /** Takes a part back that was not done. */
  putBack(part: PartRange): void {
    const after = this.#returned.findIndex(({ position }) => position > part.position);
    this.#returned.splice(after === -1 ? this.#returned.length : after, 0, part);
  }
}
