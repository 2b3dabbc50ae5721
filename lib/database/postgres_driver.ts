/** PostgreSQL behind the driver interface. Imported only when a PostgreSQL database is opened. */

import { ConnectionPool } from "./connection_pool.ts";
import type { ConnectionTarget } from "./connection_target.ts";
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
import { PostgresConnection } from "./postgres_connection.ts";
import { PostgresListener } from "./postgres_listener.ts";
import { deadlineError } from "./query_deadline.ts";
import { abortedTransactionError, SerialSession } from "./serial_session.ts";

/** How many connections a driver may have. */
export interface PostgresDriverOptions {
  /** The most connections of the pool at once. Defaults to 10. */
  maxConnections?: number;
}

/** A pool of connections to one PostgreSQL database; connects when it is first used. */
export class PostgresDriver implements DatabaseDriver {
  /** Always PostgreSQL. */
  readonly dialect = "postgresql";
  readonly #target: ConnectionTarget;
  readonly #pool: ConnectionPool<PostgresConnection>;
  /** Reserved connections and listeners, which the pool does not know. */
  readonly #others = new Set<AsyncDisposable>();

  /** Makes a driver; nothing is connected yet. */
  constructor(target: ConnectionTarget, options: PostgresDriverOptions = {}) {
    this.#target = target;
    this.#pool = new ConnectionPool({
      maxConnections: options.maxConnections ?? defaultMaxConnections,
      open: (signal) => PostgresConnection.open(target, { signal }),
    });
  }

  /** Runs a statement on a connection of the pool. */
  async query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    const connection = this.#pool.takeIdle() ?? await this.#acquire(options);
    try {
      return await connection.query<Row>(text, parameters, options);
    } finally {
      this.#pool.release(connection);
    }
  }

  /** Runs `work` in a transaction on one connection of the pool. */
  async transaction<T>(
    work: (session: DatabaseSession) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const { signal, isolation } = options;
    const connection = this.#pool.takeIdle() ?? await this.#acquire({ signal });
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
    } finally {
      this.#pool.release(connection);
    }
  }

  /** Opens a connection of one's own. */
  async reserve(options: { signal?: AbortSignal | undefined } = {}): Promise<ReservedSession> {
    const connection = await PostgresConnection.open(this.#target, options);
    const session = new SerialSession(connection);
    const others = this.#others;
    const reserved: ReservedSession = {
      dialect: "postgresql",
      query: (text, parameters, options) => session.query(text, parameters, options),
      async [Symbol.asyncDispose]() {
        others.delete(reserved);
        const timer = setTimeout(() => connection.destroy(), defaultCloseTimeoutMs);
        await session.end();
        clearTimeout(timer);
        await connection.close();
      },
    };
    others.add(reserved);
    return reserved;
  }

  /** Listens on a connection of its own. */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onListening?: () => void,
  ): Promise<AsyncDisposable> {
    const others = this.#others;
    const listener = await PostgresListener.open(this.#target, { channel, onMessage, onListening });
    others.add(listener);
    return {
      async [Symbol.asyncDispose]() {
        others.delete(listener);
        await listener[Symbol.asyncDispose]();
      },
    };
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

  /** Waits for a connection no longer than the query may take. */
  async #acquire(options: QueryOptions = {}): Promise<PostgresConnection> {
    const { signal, timeoutMs = defaultQueryTimeoutMs } = options;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(deadlineError(timeoutMs)), timeoutMs);
    try {
      return await this.#pool.acquire(
        signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
      );
    } finally {
      clearTimeout(timer);
    }
  }
}
