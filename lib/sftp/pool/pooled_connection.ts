/** One place of the pool: a connection, or the way to the next one. */

import { delay, retryWithBackoff, withDeadline } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";

/** How a place gets and keeps its connection. */
export interface PooledConnectionOptions {
  /** Opens a connection. */
  open: (signal: AbortSignal) => Promise<SftpConnection>;
  /** After how long without use it is tried before it is given out. */
  checkAfterIdleMs: number;
  /** How long that may take. */
  checkTimeoutMs: number;
  /** How often opening is tried again. */
  maxRetries: number;
}

/** The longest wait leaves time to be back within 5 seconds of the server's return. */
const backoff = { initialDelayMs: 500, maxDelayMs: 3_000, jitter: 0.3 };

/** A connection that all who ask share; a dead one is replaced. */
export class PooledConnection {
  readonly #options: PooledConnectionOptions;
  readonly #stop = new AbortController();
  #connection: SftpConnection | undefined;
  #arriving: Promise<SftpConnection> | undefined;
  #leaving: Promise<void> = Promise.resolve();

  /** Begins without a connection. */
  constructor(options: PooledConnectionOptions) {
    this.#options = options;
  }

  /** How long nobody has used it, in milliseconds: 0 while it is being opened or used. */
  get idleMs(): number {
    if (this.#arriving !== undefined) return 0;
    return this.#connection?.isActive() ? this.#connection.idleMs : Infinity;
  }

  /** Gives the connection, tried if it has been idle, or a new one. All who wait get the same. */
  async get(signal?: AbortSignal): Promise<SftpConnection> {
    signal?.throwIfAborted();
    this.#arriving ??= this.#tryOrOpen().finally(() => this.#arriving = undefined);
    return await withDeadline(this.#arriving, {
      ms: Infinity,
      signal,
      onTimeout: () => new Error("An endless deadline is over"),
    });
  }

  /** Ends the connection, and the attempts to open one. */
  async close(reason: unknown): Promise<void> {
    this.#stop.abort(reason);
    await this.#arriving?.catch(() => {});
    await Promise.all([this.#connection?.close(), this.#leaving]);
  }

  async #tryOrOpen(): Promise<SftpConnection> {
    if (this.#connection !== undefined) {
      if (await this.#isFit(this.#connection)) return this.#connection;
      // The next one need not wait for its goodbye.
      this.#leaving = Promise.all([this.#connection.close(), this.#leaving]).then(() => {});
      this.#connection = undefined;
    }
    const { signal } = this.#stop;
    const { maxRetries, open } = this.#options;
    this.#connection = await retryWithBackoff({
      ...backoff,
      maxRetries,
      signal,
      sleep: delay,
    })(() => open(signal))();
    signal.throwIfAborted();
    return this.#connection;
  }

  async #isFit(connection: SftpConnection): Promise<boolean> {
    const { checkAfterIdleMs, checkTimeoutMs } = this.#options;
    if (!connection.isActive()) return false;
    if (connection.idleMs < checkAfterIdleMs) return true;
    try {
      await connection.realPath(".", { timeoutMs: checkTimeoutMs, signal: this.#stop.signal });
      return true;
    } catch {
      return false; // whatever it was, a new connection tells more
    }
  }
}
