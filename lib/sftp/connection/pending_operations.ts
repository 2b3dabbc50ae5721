/**
 * The operations under way on one connection. ssh2 forgets callbacks when a channel closes, throws
 * out of some calls and waits for ever in others, so that each operation is settled here: by its
 * answer, its deadline, its signal or the connection's death, whichever comes first.
 */

/** How one operation may end early. */
export interface PendingOptions {
  /** How long it may take, in milliseconds. */
  timeoutMs: number;
  /** Counts the time only while next to nothing moves on the connection: for the parts of files. */
  whileIdle?: boolean | undefined;
  /** Ends it; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Makes the error that it rejects with when its time is over. */
  onTimeout: () => Error;
}

/** What ssh2 calls when an operation is over. */
export type Done<T> = (error: Error | null | undefined, value: T) => void;

/** Keepalives and their answers move a few hundred bytes in a deadline; a living transfer more. */
const minMovedBytes = 8192;

/** A timer that fires this much late was not late by chance. */
const heldUpMs = 250;

interface Pending {
  endsAt: number;
  /** How many bytes had moved when the time last began to count. */
  movedBytes: number;
  options: PendingOptions;
  fail: (error: unknown) => void;
}

/** Settles operations. One timer serves all of them. */
export class PendingOperations {
  readonly #pending = new Set<Pending>();
  readonly #movedBytes: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerEndsAt = Infinity;
  #death: Error | undefined;
  #lastEndedAt = performance.now();

  /** Begins with none; `movedBytes` tells how many bytes the connection has moved so far. */
  constructor(movedBytes: () => number) {
    this.#movedBytes = movedBytes;
  }

  /** How many are under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** How long there was none, in milliseconds; 0 while there is one. */
  get idleMs(): number {
    return this.size > 0 ? 0 : performance.now() - this.#lastEndedAt;
  }

  /** Runs one operation: `start` begins it and gives `done` to the library. */
  run<T>(start: (done: Done<T>) => void, options: PendingOptions): Promise<T> {
    if (this.#death !== undefined) return Promise.reject(this.#death);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);

    return new Promise<T>((resolve, reject) => {
      const onAbort = () => pending.fail(signal?.reason);
      const settle = () => {
        if (!this.#pending.delete(pending)) return false;
        this.#lastEndedAt = performance.now();
        signal?.removeEventListener("abort", onAbort);
        if (this.#pending.size === 0) this.#stopTimer();
        return true;
      };
      const pending: Pending = {
        endsAt: performance.now() + options.timeoutMs,
        movedBytes: options.whileIdle ? this.#movedBytes() : 0,
        options,
        fail: (error) => {
          if (settle()) reject(error);
        },
      };
      this.#pending.add(pending);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#wakeAt(pending.endsAt);
      try {
        start((error, value) => {
          if (!settle()) return;
          if (error) reject(error);
          else resolve(value);
        });
      } catch (error) {
        pending.fail(error);
      }
    });
  }

  /** Fails all that are under way and all that will follow. */
  end(reason: Error): void {
    this.#death ??= reason;
    for (const pending of [...this.#pending]) pending.fail(reason);
  }

  #wakeAt(endsAt: number): void {
    if (this.#timer !== undefined && this.#timerEndsAt <= endsAt) return;
    this.#stopTimer();
    this.#timerEndsAt = endsAt;
    this.#timer = setTimeout(() => this.#sweep(), Math.max(0, endsAt - performance.now()));
  }

  #sweep(): void {
    const lateMs = performance.now() - this.#timerEndsAt;
    this.#stopTimer();
    const now = performance.now();
    // This process was held up, by a slow disk or a closed lid: answers may be waiting to be read.
    if (lateMs > heldUpMs) return this.#wakeAt(now + heldUpMs);
    const moved = this.#movedBytes();
    let next = Infinity;
    for (const pending of [...this.#pending]) {
      const { options } = pending;
      if (pending.endsAt <= now) {
        if (!options.whileIdle || moved - pending.movedBytes < minMovedBytes) {
          pending.fail(options.onTimeout());
          continue;
        }
        pending.endsAt = now + options.timeoutMs;
        pending.movedBytes = moved;
      }
      next = Math.min(next, pending.endsAt);
    }
    if (next < Infinity) this.#wakeAt(next);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerEndsAt = Infinity;
  }
}
