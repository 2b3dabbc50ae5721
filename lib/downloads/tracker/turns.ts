/** One after the other. */

/** Runs functions in the order in which they come, each after the one before has settled. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a function when its turn has come, and gives what it gives. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {}); // who called it hears of it; the next one goes on
    return result;
  }
}
