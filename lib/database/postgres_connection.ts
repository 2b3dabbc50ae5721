/**
 * One connection to PostgreSQL. The driver's own pool is not used: it answers the wrong query
 * after a cancel in its pipeline, runs a transaction's next statement outside of it once the
 * connection was lost, and reconnects where nobody can stop it.
 */

import type { Socket } from "node:net";
import postgres from "postgres";
import {
  ConfigurationError,
  DatabaseConnectionError,
  OpsdeckError,
  toDatabaseError,
} from "../core/mod.ts";
import { cancelPostgresQuery, type PostgresBackend } from "./cancel_postgres_query.ts";
import { connectTimeoutError, lostConnectionError } from "./connection_errors.ts";
import type { PooledConnection } from "./connection_pool.ts";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";
import {
  defaultConnectTimeoutMs,
  defaultQueryTimeoutMs,
  type QueryOptions,
  type TransactionOptions,
} from "./driver.ts";
import { isAnswer, isCancelled, lastRows, valueError } from "./postgres_answers.ts";
import { postgresDriverOptions } from "./postgres_driver_options.ts";
import { postgresParameters } from "./postgres_parameters.ts";
import { openPostgresSocket } from "./postgres_socket.ts";
import { checkTimeout, deadlineError } from "./query_deadline.ts";
import type { SessionConnection } from "./serial_session.ts";

/** How a connection is opened. */
export interface PostgresConnectionOptions {
  /** Gives up; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Is called with the payload of every NOTIFY that the connection hears. */
  onNotify?: (payload: string) => void;
  /** Is called once when the connection has ended, whoever ended it. */
  onClose?: () => void;
}

/** How long the server has to stop a query before the connection is dropped. */
const cancelGraceMs = 2_000;

/** How long the rest of an answer may take that nobody waits for any more. */
const settleMs = 5_000;

/** How long a polite goodbye may take. */
const goodbyeMs = 1_000;

type Driver = ReturnType<typeof postgres>;

/** One connection, which ends once and does not come back. */
export class PostgresConnection implements PooledConnection, SessionConnection {
  /** Always PostgreSQL. */
  readonly dialect = "postgresql";
  readonly #target: ConnectionTarget;
  readonly #driver: Driver;
  readonly #stop: AbortController;
  readonly #onClose: (() => void) | undefined;
  readonly #statement: { prepare: boolean };
  #socket: Socket | undefined;
  #socketRequested = false;
  #backend: PostgresBackend | undefined;
  #ended = false;
  /** The server's own limit, for when this process is gone. A pooler's server has none of ours. */
  #serverTimeoutMs: number;
  #cancelling: Promise<void> | undefined;
  #interrupt: (() => void) | undefined;

  private constructor(
    target: ConnectionTarget,
    stop: AbortController,
    options: PostgresConnectionOptions,
  ) {
    this.#target = target;
    this.#stop = stop;
    this.#onClose = options.onClose;
    this.#statement = { prepare: !target.behindPooler };
    this.#serverTimeoutMs = target.behindPooler ? Infinity : defaultQueryTimeoutMs;
    this.#driver = postgres(postgresDriverOptions(target, {
      openSocket: () => this.#openSocket(),
      onNotify: (_channel, payload) => options.onNotify?.(payload),
      onClose: () => this.#end(),
    }));
  }

  /**
   * Connects and logs in.
   *
   * @throws DatabaseConnectionError when the server cannot be reached in time.
   * @throws ConfigurationError when the target names no user, or the login is refused.
   */
  static async open(
    target: ConnectionTarget,
    options: PostgresConnectionOptions = {},
  ): Promise<PostgresConnection> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (target.username === undefined) {
      throw new ConfigurationError(
        `Cannot connect to ${describeAddress(target)} as no user is named; put it in the ` +
          "connection string, or set DB_USER and DB_PASSWORD",
      );
    }
    const timeoutMs = target.connectTimeoutMs ?? defaultConnectTimeoutMs;
    const stop = new AbortController();
    const onTimeout = () => stop.abort(connectTimeoutError(target, timeoutMs));
    const onAbort = () => stop.abort(signal?.reason);
    const timer = setTimeout(onTimeout, timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });

    const connection = new PostgresConnection(target, stop, options);
    try {
      const answer = await connection.#driver.unsafe("select 1");
      connection.#backend = answer.state ?? undefined;
      return connection;
    } catch (error) {
      const stopped = stop.signal.aborted;
      connection.destroy();
      if (signal?.aborted) throw signal.reason;
      const address = describeAddress(target);
      throw stopped ? stop.signal.reason : toDatabaseError(error, { address });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Whether a query can still be sent. */
  get usable(): boolean {
    return !this.#ended && this.#socket !== undefined && this.#socket.writable;
  }

  /** Runs a statement and gives its rows; see `DatabaseSession.query`. One at a time. */
  async query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    return lastRows(await this.#run<Row>(text, parameters, options));
  }

  /** Runs a statement and gives how many rows it changed; see `DatabaseSession.execute`. */
  async execute(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<number> {
    // A statement that changes nothing counts null, which the driver's type does not say.
    const { count }: { count: number | null } = await this.#run(text, parameters, options);
    return count ?? 0;
  }

  /** Stops the running query, if there is one, as its deadline would. */
  interrupt(): void {
    this.#interrupt?.();
  }

  /** Begins a transaction. */
  async begin(isolation?: TransactionOptions["isolation"]): Promise<void> {
    await this.#run(isolation === undefined ? "begin" : `begin isolation level ${isolation}`);
  }

  /** Commits, and gives false when the server rolled back as an earlier statement had failed. */
  async commit(): Promise<boolean> {
    const { command } = await this.#run("commit");
    if (command === "COMMIT") return true;
    this.#forgetServerTimeout();
    return false;
  }

  /** Rolls back. */
  async rollback(): Promise<void> {
    await this.#run("rollback");
    this.#forgetServerTimeout();
  }

  /** Ends the connection politely, or at once when the server does not answer. */
  async close(): Promise<void> {
    if (this.usable) await this.#driver.end({ timeout: goodbyeMs / 1000 });
    this.destroy();
  }

  /** Ends the connection at once; a running query rejects. */
  destroy(): void {
    this.#end();
    this.#stop.abort(lostConnectionError(this.#target));
  }

  async #run<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<postgres.RowList<Row[]>> {
    const timeoutMs = options?.timeoutMs ?? defaultQueryTimeoutMs;
    const signal = options?.signal;
    signal?.throwIfAborted();
    if (timeoutMs !== defaultQueryTimeoutMs) checkTimeout(timeoutMs);
    if (timeoutMs > this.#serverTimeoutMs) await this.#raiseServerTimeout(timeoutMs);
    if (!this.usable) throw lostConnectionError(this.#target);

    let interrupted = false;
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    const interrupt = () => {
      if (interrupted) return;
      interrupted = true;
      giveUp = setTimeout(() => this.destroy(), cancelGraceMs);
      this.#cancelling = this.#cancel();
    };
    this.#interrupt = interrupt;
    const timer = setTimeout(interrupt, timeoutMs);
    signal?.addEventListener("abort", interrupt);
    try {
      return await this.#driver.unsafe<Row[]>(
        text,
        parameters?.length ? postgresParameters(this.#driver, parameters) : undefined,
        this.#statement,
      );
    } catch (error) {
      // Another failure may have come before the cancel did.
      if (interrupted && (!this.usable || isCancelled(error))) {
        throw signal?.aborted ? signal.reason : deadlineError(timeoutMs, error);
      }
      const converted = toDatabaseError(error);
      if (isAnswer(error) || converted instanceof DatabaseConnectionError) throw converted;
      await this.#settle();
      throw converted instanceof OpsdeckError ? converted : valueError(converted);
    } finally {
      this.#interrupt = undefined;
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
      if (interrupted) {
        // A cancel still on its way would hit the next query.
        await this.#cancelling;
        clearTimeout(giveUp);
      }
    }
  }

  async #cancel(): Promise<void> {
    try {
      if (this.#backend === undefined) throw lostConnectionError(this.#target);
      await cancelPostgresQuery(this.#target, this.#backend, this.#stop.signal);
    } catch {
      // The server cannot be told, so the connection goes, and the query's answer with it.
      this.destroy();
    }
  }

  /**
   * Waits until the server has answered all that was sent. A value that could not be written or
   * read rejects its query before that, and the driver loses the next one that fails so early.
   */
  async #settle(): Promise<void> {
    const giveUp = setTimeout(() => this.destroy(), settleMs);
    await this.#driver.unsafe("select 1").catch(() => {});
    clearTimeout(giveUp);
  }

  async #raiseServerTimeout(timeoutMs: number): Promise<void> {
    await this.#run(`set statement_timeout = ${Math.ceil(timeoutMs)}`);
    this.#serverTimeoutMs = timeoutMs;
  }

  /** A rolled back `set` is forgotten by the server. */
  #forgetServerTimeout(): void {
    this.#serverTimeoutMs = Math.min(this.#serverTimeoutMs, defaultQueryTimeoutMs);
  }

  async #openSocket(): Promise<Socket> {
    // A second socket would be the driver's reconnect.
    if (this.#socketRequested) throw lostConnectionError(this.#target);
    this.#socketRequested = true;
    const { signal } = this.#stop;
    try {
      const socket = await openPostgresSocket(this.#target, signal);
      signal.addEventListener("abort", () => socket.destroy(lostConnectionError(this.#target)));
      this.#socket = socket;
      return socket;
    } catch (error) {
      // The driver writes into the errors that it passes on, and the reason is the caller's.
      throw signal.aborted ? lostConnectionError(this.#target) : error;
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onClose?.();
  }
}
