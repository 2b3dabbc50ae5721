/** The one small interface behind which the drivers stand. */

import type { Dialect } from "./connection_target.ts";

/** How one query runs. */
export interface QueryOptions {
  /** Stops the query on the server; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The query's deadline in milliseconds. Defaults to 5 minutes. */
  timeoutMs?: number;
}

/** How a transaction runs. */
export interface TransactionOptions {
  /** Stops the running query and rolls back; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Defaults to the server's own, which is read committed for both. */
  isolation?: "read committed" | "repeatable read" | "serializable";
}

/** Something that runs queries: a pool, a transaction or one connection. */
export interface DatabaseSession {
  /** The kind of server, for statements that differ. */
  readonly dialect: Dialect;
  /**
   * Runs a statement and gives its rows.
   *
   * Parameters are positional, `$1` and so on, in both dialects. Null is null; undefined is
   * refused. A 64-bit integer comes back as a number (an error when a number cannot hold it), a
   * decimal as text, a time as a `Date`, JSON parsed. A statement without parameters may be
   * several, separated by `;`: the rows are those of the last one.
   *
   * A list of any length is one parameter, whose items `listItems()` selects in both dialects.
   * PostgreSQL: it goes to an array parameter (`$1::bigint[]`); for `jsonb` give the value, or its
   * text through `$1::text::jsonb`. SQL Server: a list or an object goes as JSON text, for
   * `openjson($1)`.
   *
   * @throws DatabaseConnectionError when the server cannot be reached or the connection was lost.
   * @throws ConfigurationError when the login is refused or the table is missing.
   * @throws OpsdeckError with the code `DATABASE_TIMEOUT` when the deadline passed; the server
   * has stopped the statement by then, or the connection is gone.
   */
  query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]>;
  /**
   * Runs one statement and gives how many rows it inserted, updated or deleted; 0 for a statement
   * that does none of these. Otherwise as {@link query}.
   */
  execute(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<number>;
}

/** A pool of connections to one database. */
export interface DatabaseDriver extends DatabaseSession, AsyncDisposable {
  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it rejects.
   *
   * @throws OpsdeckError with the code `TRANSACTION_ABORTED` when `work` resolved although one of
   * its statements had failed, so that nothing was stored.
   */
  transaction<T>(
    work: (session: DatabaseSession) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /**
   * Opens a connection of one's own, beside the pool, for state that lives in the session
   * (advisory locks). Disposing it closes the connection. Once lost it stays lost: its queries
   * reject with DatabaseConnectionError.
   */
  reserve(options?: { signal?: AbortSignal | undefined }): Promise<ReservedSession>;
  /**
   * PostgreSQL only: calls `onMessage` with the payload of every NOTIFY on a channel.
   *
   * Connects again by itself for as long as it is not disposed. `onListening` is called each time
   * that listening begins: messages sent before that are lost, so look for work then.
   */
  listen?(
    channel: string,
    onMessage: (payload: string) => void,
    onListening?: () => void,
  ): Promise<AsyncDisposable>;
  /** Lets running queries end for `timeoutMs` (default 5 seconds), then ends every connection. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}

/** A connection of one's own. */
export interface ReservedSession extends DatabaseSession, AsyncDisposable {}

/** The deadline of a query that names none. */
export const defaultQueryTimeoutMs = 5 * 60_000;

/** How long connecting may take where the connection string does not say. */
export const defaultConnectTimeoutMs = 10_000;

/** How many connections a pool opens at most where nothing says otherwise. */
export const defaultMaxConnections = 10;

/** How long closing waits for running queries. */
export const defaultCloseTimeoutMs = 5_000;
