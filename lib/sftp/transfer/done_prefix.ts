/** Up to where a file is whole, when its parts arrive in any order. */

/** Notes which parts have arrived. */
export class DonePrefix {
  readonly #beyond = new Map<number, number>();
  #end: number;

  /** Begins with what is there already. */
  constructor(from: number) {
    this.#end = from;
  }

  /** The end of what is there without a gap. */
  get end(): number {
    return this.#end;
  }

  /** Notes a part. */
  add(position: number, length: number): void {
    this.#beyond.set(position, length);
    for (
      let next = this.#beyond.get(this.#end);
      next !== undefined && next > 0;
      next = this.#beyond.get(this.#end)
    ) {
      this.#beyond.delete(this.#end);
      this.#end += next;
    }
  }
}
