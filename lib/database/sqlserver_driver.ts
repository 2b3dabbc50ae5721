/** SQL Server behind the driver interface. Imported only when a SQL Server database is opened. */

// @ts-types="@types/mssql"
import sql from "mssql";
import { DatabaseConnectionError, OpsdeckError, toDatabaseError } from "../core/mod.ts";
import { closedDatabaseError, lostConnectionError } from "./connection_errors.ts";
import type { ConnectionTarget } from "./connection_target.ts";
import {
  type DatabaseDriver,
  type DatabaseSession,
  defaultCloseTimeoutMs,
  defaultMaxConnections,
  type QueryOptions,
  type ReservedSession,
  type TransactionOptions,
} from "./driver.ts";
import { abortedTransactionError, SerialSession } from "./serial_session.ts";
import { sqlServerConfig } from "./sqlserver_config.ts";
import { SqlServerConnection } from "./sqlserver_connection.ts";

/** How many connections a driver may have. */
export interface SqlServerDriverOptions {
  /** The most connections of the pool at once. Defaults to 10. */
  maxConnections?: number;
}

const isolationLevels = {
  "read committed": sql.ISOLATION_LEVEL.READ_COMMITTED,
  "repeatable read": sql.ISOLATION_LEVEL.REPEATABLE_READ,
  serializable: sql.ISOLATION_LEVEL.SERIALIZABLE,
};

/** A pool of connections to one SQL Server database; connects when it is first used. */
export class SqlServerDriver implements DatabaseDriver {
  /** Always SQL Server. */
  readonly dialect = "sqlserver";
  readonly #target: ConnectionTarget;
  readonly #maxConnections: number;
  readonly #reserved = new Set<ReservedSession>();
  #pool: Promise<sql.ConnectionPool> | undefined;
  #closed = false;

  /** Makes a driver; nothing is connected yet. */
  constructor(target: ConnectionTarget, options: SqlServerDriverOptions = {}) {
    this.#target = target;
    this.#maxConnections = options.maxConnections ?? defaultMaxConnections;
  }

  /** Runs a statement on a connection of the pool. */
  async query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    options?.signal?.throwIfAborted();
    const opened = this.#open();
    try {
      return await new SqlServerConnection(await opened).query<Row>(text, parameters, options);
    } catch (error) {
      this.#forgetLostPool(opened, error);
      throw error;
    }
  }

  /** Runs `work` in a transaction on one connection of the pool. */
  async transaction<T>(
    work: (session: DatabaseSession) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const { signal, isolation } = options;
    signal?.throwIfAborted();
    const opened = this.#open();
    const transaction = new sql.Transaction(await opened);
    const connection = new SqlServerConnection(transaction);
    const session = new SerialSession(connection, signal);
    try {
      await transaction.begin(isolation && isolationLevels[isolation]);
      const result = await work(session);
      await session.end();
      signal?.throwIfAborted();
      // SQL Server would commit what came before and after the statement that failed.
      if (session.failure !== undefined) throw abortedTransactionError(session.failure);
      // The level stays with the connection, and the pool does not reset it.
      if (isolation) await connection.query("set transaction isolation level read committed");
      await transaction.commit();
      return result;
    } catch (error) {
      await session.abandon();
      // Refused when the server has rolled back by itself, or the connection is gone.
      await transaction.rollback().catch(() => {});
      const converted = signal?.aborted ? error : toDatabaseError(error);
      this.#forgetLostPool(opened, converted);
      throw converted;
    }
  }

  /** Opens a connection of one's own: a pool of one, which is lost when it would reconnect. */
  async reserve(options: { signal?: AbortSignal | undefined } = {}): Promise<ReservedSession> {
    options.signal?.throwIfAborted();
    const config = await sqlServerConfig(this.#target, 1);
    let connected = false;
    let lost = false;
    const pool = await connect({
      ...config,
      pool: { ...config.pool, idleTimeoutMillis: 2 ** 31 - 1 },
      beforeConnect: (connection) => connection.on("end", () => lost ||= connected),
    });
    connected = true;

    const session = new SerialSession(new SqlServerConnection(pool));
    const all = this.#reserved;
    const target = this.#target;
    const reserved: ReservedSession = {
      dialect: "sqlserver",
      async query(text, parameters, options) {
        if (lost) throw lostConnectionError(target);
        return await session.query(text, parameters, options);
      },
      async [Symbol.asyncDispose]() {
        all.delete(reserved);
        const timer = setTimeout(() => void session.abandon(), defaultCloseTimeoutMs);
        await session.end();
        clearTimeout(timer);
        await pool.close();
      },
    };
    all.add(reserved);
    return reserved;
  }

  /** Lets running queries end, then ends every connection. */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closed = true;
    const pool = await this.#pool?.catch(() => undefined);
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, options.timeoutMs ?? defaultCloseTimeoutMs);
    await Promise.race([pool?.close().catch(() => {}), deadline.promise]);
    clearTimeout(timer);
    await Promise.all([...this.#reserved].map((reserved) => reserved[Symbol.asyncDispose]()));
  }

  /** Closes with the default deadline. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Promise<sql.ConnectionPool> {
    if (this.#closed) throw closedDatabaseError();
    if (this.#pool !== undefined) return this.#pool;
    const opening = sqlServerConfig(this.#target, this.#maxConnections).then(connect);
    this.#pool = opening;
    return opening;
  }

  /** The next use connects anew, and looks the name up again: the server may have moved. */
  #forgetLostPool(pool: Promise<sql.ConnectionPool>, error: unknown): void {
    const isOpen = error instanceof OpsdeckError && !(error instanceof DatabaseConnectionError);
    if (this.#pool !== pool || isOpen) return;
    this.#pool = undefined;
    pool.then((lost) => lost.close()).catch(() => {});
  }
}

async function connect(config: sql.config): Promise<sql.ConnectionPool> {
  const pool = new sql.ConnectionPool(config);
  // What goes wrong reaches the caller of each query; unheard, it would end the process.
  pool.on("error", () => {});
  try {
    return await pool.connect();
  } catch (error) {
    await pool.close().catch(() => {});
    throw toDatabaseError(error);
  }
}
