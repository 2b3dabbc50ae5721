/** A driver over a pool of connections, the same for both kinds of server. */

import { ConnectionPool, type PooledConnection } from "./connection_pool.ts";
import type { Dialect } from "./connection_target.ts";
import {
  type DatabaseDriver,
  type DatabaseSession,
  defaultCloseTimeoutMs,
  defaultMaxConnections,
  defaultQueryTimeoutMs,
  type QueryOptions,
  type ReservedSession,
  type TransactionOptions,
} from "./driver.ts";
import { checkTimeout, noConnectionFreeError } from "./query_deadline.ts";
import {
  abortedTransactionError,
  SerialSession,
  type SessionConnection,
} from "./serial_session.ts";

/** What the driver needs to know of a connection. */
export interface DriverConnection extends PooledConnection, SessionConnection {
  /** Begins a transaction. */
  begin(isolation?: TransactionOptions["isolation"]): Promise<void>;
  /** Commits, and gives false when an earlier statement had failed, so that nothing is stored. */
  commit(): Promise<boolean>;
  /** Rolls back; rejects when the connection must not be used again. */
  rollback(): Promise<void>;
}

/** How a driver works. */
export interface PooledDriverOptions<Connection> {
  /** The kind of server. */
  dialect: Dialect;
  /** Opens a connection; the signal gives up. */
  open: (options: { signal?: AbortSignal | undefined }) => Promise<Connection>;
  /** The most connections of the pool at once. Defaults to 10. */
  maxConnections?: number | undefined;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  connectSignal?: AbortSignal | undefined;
}

/** A pool of connections to one database; connects when it is first used. */
export class PooledDriver<Connection extends DriverConnection> implements DatabaseDriver {
  /** The kind of server. */
  readonly dialect: Dialect;
  readonly #open: PooledDriverOptions<Connection>["open"];
  readonly #maxConnections: number;
  readonly #connectSignal: AbortSignal | undefined;
  readonly #pool: ConnectionPool<Connection>;
  /** What has connections that the pool does not know. */
  readonly #others = new Set<AsyncDisposable>();

  /** Makes a driver; nothing is connected yet. */
  constructor(options: PooledDriverOptions<Connection>) {
    const { dialect, open, maxConnections = defaultMaxConnections } = options;
    this.dialect = dialect;
    this.#open = open;
    this.#maxConnections = maxConnections;
    this.#connectSignal = options.connectSignal;
    this.#pool = new ConnectionPool({
      maxConnections,
      open: (signal) => open({ signal }),
    });
  }

  /** Runs a statement on a connection of the pool, and gives its rows. */
  query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    return this.#lend((connection) => connection.query<Row>(text, parameters, options), options);
  }

  /** Runs a statement on a connection of the pool, and gives how many rows it changed. */
  execute(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<number> {
    return this.#lend((connection) => connection.execute(text, parameters, options), options);
  }

  /** Runs `work` in a transaction on one connection of the pool. */
  transaction<T>(
    work: (session: DatabaseSession) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const { signal, isolation } = options;
    return this.#lend(async (connection) => {
      const session = new SerialSession(connection, signal);
      try {
        await connection.begin(isolation);
        const result = await work(session);
        await session.end();
        signal?.throwIfAborted();
        if (await connection.commit()) return result;
        throw abortedTransactionError(session.failure);
      } catch (error) {
        await session.abandon();
        // A connection that cannot roll back must not be used again, and its end rolls back.
        await connection.rollback().catch(() => connection.destroy());
        throw error;
      }
    }, { signal });
  }

  /** Opens a connection of one's own. */
  async reserve(options: { signal?: AbortSignal | undefined } = {}): Promise<ReservedSession> {
    const connection = await this.#open(options);
    const session = new SerialSession(connection);
    return this.keep({
      dialect: this.dialect,
      query: (text, parameters, options) => session.query(text, parameters, options),
      execute: (text, parameters, options) => session.execute(text, parameters, options),
      async [Symbol.asyncDispose]() {
        const timer = setTimeout(() => connection.destroy(), defaultCloseTimeoutMs);
        await session.end();
        clearTimeout(timer);
        await connection.close();
      },
    });
  }

  /** Lets running queries end, then ends every connection. */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const others = [...this.#others];
    this.#others.clear();
    await Promise.all([
      this.#pool.close(options.timeoutMs ?? defaultCloseTimeoutMs),
      ...others.map((other) => other[Symbol.asyncDispose]()),
    ]);
  }

  /** Closes with the default deadline. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Remembers what has a connection beside the pool, so that closing ends it too. */
  protected keep<Other extends AsyncDisposable>(other: Other): Other {
    const others = this.#others;
    const kept: Other = {
      ...other,
      async [Symbol.asyncDispose]() {
        others.delete(kept);
        await other[Symbol.asyncDispose]();
      },
    };
    others.add(kept);
    return kept;
  }

  async #lend<T>(work: (connection: Connection) => Promise<T>, options?: QueryOptions): Promise<T> {
    const connection = this.#pool.takeIdle() ?? await this.#acquire(options);
    try {
      return await work(connection);
    } finally {
      this.#pool.release(connection);
    }
  }

  /** Waits for a connection no longer than the query may take. */
  async #acquire(options: QueryOptions = {}): Promise<Connection> {
    const { signal, timeoutMs = defaultQueryTimeoutMs } = options;
    checkTimeout(timeoutMs);
    const stop = new AbortController();
    const onTimeout = () => stop.abort(noConnectionFreeError(timeoutMs, this.#maxConnections));
    const timer = setTimeout(onTimeout, timeoutMs);
    try {
      const signals = [signal, this.#connectSignal, stop.signal]
        .filter((one) => one !== undefined);
      return await this.#pool.acquire(AbortSignal.any(signals));
    } finally {
      clearTimeout(timer);
    }
  }
}
