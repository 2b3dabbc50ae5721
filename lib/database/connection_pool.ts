/** A bounded pool of connections, handed out one user at a time. */

import { closedDatabaseError } from "./connection_errors.ts";

/** What the pool needs to know of a connection. */
export interface PooledConnection {
  /** Whether a query can still be sent. */
  readonly usable: boolean;
  /** Ends it politely. */
  close(): Promise<void>;
  /** Ends it at once. */
  destroy(): void;
}

/** How a pool works. */
export interface ConnectionPoolOptions<Connection> {
  /** The most connections at once, 1 or more. */
  maxConnections: number;
  /** Opens one; the signal aborts when the pool closes. */
  open: (signal: AbortSignal) => Promise<Connection>;
}

/** How long a connection lives, so that a changed address or role of the server is noticed. */
const maxAgeMs = 30 * 60_000;

interface Waiter<Connection> {
  resolve: (connection: Connection) => void;
  reject: (reason: unknown) => void;
}

/** A pool that opens connections when they are needed and keeps them for the next user. */
export class ConnectionPool<Connection extends PooledConnection> {
  readonly #options: ConnectionPoolOptions<Connection>;
  readonly #stop = new AbortController();
  readonly #openedAtMs = new Map<Connection, number>();
  readonly #idle: Connection[] = [];
  readonly #waiters: Waiter<Connection>[] = [];
  #opening = 0;
  #closing: Promise<void> | undefined;
  #whenDrained: (() => void) | undefined;

  /** Makes an empty pool. */
  constructor(options: ConnectionPoolOptions<Connection>) {
    this.#options = options;
  }

  /** Gives an idle connection at once, or undefined; hand it back with {@link release}. */
  takeIdle(): Connection | undefined {
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      if (found.usable) return found;
      this.#discard(found);
    }
    return undefined;
  }

  /**
   * Gives a connection, opening one when fewer than the most are open, or waiting for one.
   *
   * @throws what opening throws, and the signal's reason.
   * @throws OpsdeckError with the code `DATABASE_CLOSED` when the pool is closed.
   */
  async acquire(signal?: AbortSignal): Promise<Connection> {
    signal?.throwIfAborted();
    if (this.#closing) throw closedDatabaseError();
    const idle = this.takeIdle();
    if (idle !== undefined) return idle;

    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const waiter = { resolve, reject };
    const onAbort = () => {
      const index = this.#waiters.indexOf(waiter);
      if (index >= 0) this.#waiters.splice(index, 1);
      reject(signal?.reason);
    };
    this.#waiters.push(waiter);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#grow();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Takes a connection back; one that was lost is forgotten. */
  release(connection: Connection): void {
    if (!connection.usable) return this.#discard(connection);
    const ageMs = performance.now() - (this.#openedAtMs.get(connection) ?? 0);
    if (this.#closing || ageMs > maxAgeMs) return void this.#closePolitely(connection);
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve(connection);
    else this.#idle.push(connection);
  }

  /** Waits for the connections in use until `timeoutMs` have passed, then ends them all. */
  close(timeoutMs: number): Promise<void> {
    return this.#closing ??= this.#close(timeoutMs);
  }

  async #close(timeoutMs: number): Promise<void> {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(closedDatabaseError());
    this.#stop.abort(closedDatabaseError());
    const polite = this.#idle.splice(0).map((connection) => this.#closePolitely(connection));

    if (this.#openedAtMs.size > polite.length || this.#opening > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#whenDrained = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
    }
    await Promise.all(polite);
    for (const connection of this.#openedAtMs.keys()) connection.destroy();
    this.#openedAtMs.clear();
  }

  async #closePolitely(connection: Connection): Promise<void> {
    await connection.close();
    this.#forget(connection);
  }

  #grow(): void {
    const { maxConnections } = this.#options;
    while (
      this.#opening < this.#waiters.length &&
      this.#openedAtMs.size + this.#opening < maxConnections
    ) {
      this.#opening += 1;
      this.#open();
    }
  }

  /** One opening answers one waiter, its failure too; whoever comes first takes the connection. */
  async #open(): Promise<void> {
    try {
      const connection = await this.#options.open(this.#stop.signal);
      this.#opening -= 1;
      this.#openedAtMs.set(connection, performance.now());
      this.release(connection);
    } catch (error) {
      this.#opening -= 1;
      this.#waiters.shift()?.reject(error);
      if (!this.#closing) this.#grow();
      this.#reportDrained();
    }
  }

  #discard(connection: Connection): void {
    connection.destroy();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    this.#openedAtMs.delete(connection);
    this.#reportDrained();
    if (!this.#closing) this.#grow();
  }

  #reportDrained(): void {
    if (this.#openedAtMs.size === 0 && this.#opening === 0) this.#whenDrained?.();
  }
}
