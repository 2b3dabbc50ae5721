/** Marks of use that tell which of two uses came later, even within a millisecond. */

/** Gives marks in microseconds: the clock's time, made greater than the mark before. */
export class UseClock {
  #last = 0;

  /** Gives the mark of a use now. */
  mark(nowMs: number): number {
    const now = nowMs * 1000;
    // A clock that was set back is followed; a burst within a millisecond is not.
    const isBurst = now <= this.#last && this.#last - now < 1_000_000;
    this.#last = isBurst ? this.#last + 1 : now;
    return this.#last;
  }
}
