/** One connection to SQL Server, over `npm:mssql`. */

import type { EventEmitter } from "node:events";
// @ts-types="@types/mssql"
import sql from "mssql";
import { ISOLATION_LEVEL } from "tedious";
import { RetryableError, toDatabaseError } from "../core/mod.ts";
import { lostConnectionError } from "./connection_errors.ts";
import type { ConnectionTarget } from "./connection_target.ts";
import { defaultQueryTimeoutMs, type QueryOptions, type TransactionOptions } from "./driver.ts";
import { LentConnection } from "./lent_connection.ts";
import type { DriverConnection } from "./pooled_driver.ts";
import { checkTimeout, deadlineError } from "./query_deadline.ts";
import { type LoggedIn, logIn } from "./sqlserver_login.ts";
import { toNamedParameters } from "./sqlserver_parameters.ts";
import { sqlServerParameter, sqlServerRows } from "./sqlserver_values.ts";

type Result = sql.IResult<Record<string, unknown>>;

const isolationLevels = {
  "read committed": ISOLATION_LEVEL.READ_COMMITTED,
  "repeatable read": ISOLATION_LEVEL.REPEATABLE_READ,
  serializable: ISOLATION_LEVEL.SERIALIZABLE,
};

type Answered = (error?: Error | null) => void;

/** One connection, which ends once and does not come back. */
export class SqlServerConnection implements DriverConnection {
  /** Always SQL Server. */
  readonly dialect = "sqlserver";
  readonly #target: ConnectionTarget;
  readonly #loggedIn: LoggedIn;
  readonly #lent: LentConnection;
  #transaction: "none" | "open" | "rolled back" = "none";
  /** A statement of the transaction has failed. */
  #hasFailed = false;
  /** A transaction was here, and may have left settings of the session behind. */
  #isUsed = false;
  #interrupt: (() => void) | undefined;

  private constructor(target: ConnectionTarget, loggedIn: LoggedIn) {
    this.#target = target;
    this.#loggedIn = loggedIn;
    this.#lent = new LentConnection(loggedIn.connection);
    // The driver's types know its own events only by some of their names.
    const events: EventEmitter = loggedIn.connection;
    events.on("rollbackTransaction", () => {
      if (this.#transaction === "open") this.#transaction = "rolled back";
    });
  }

  /** Connects and logs in; throws what {@link logIn} throws. */
  static async open(
    target: ConnectionTarget,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<SqlServerConnection> {
    return new SqlServerConnection(target, await logIn(target, options.signal));
  }

  /** Whether a query can still be sent. */
  get usable(): boolean {
    return this.#loggedIn.isWritable();
  }

  /** Runs a statement and gives its rows; see `DatabaseSession.query`. One at a time. */
  async query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    const { recordsets } = await this.#run(text, parameters, options);
    const last = Array.isArray(recordsets) ? recordsets.at(-1) : undefined;
    return last === undefined ? [] : sqlServerRows<Row>(last);
  }

  /** Runs a statement and gives how many rows it changed; see `DatabaseSession.execute`. */
  async execute(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<number> {
    const { rowsAffected } = await this.#run(text, parameters, options);
    return rowsAffected.at(-1) ?? 0;
  }

  /** Stops the running query, if there is one, as its deadline would. */
  interrupt(): void {
    this.#interrupt?.();
  }

  /**
   * Begins a transaction; its isolation is set in any case, so that no other one's stays.
   *
   * The transactions of `npm:mssql` are not used: they end the process when the server answers the
   * commit with a rollback.
   */
  async begin(isolation: TransactionOptions["isolation"] = "read committed"): Promise<void> {
    const { connection } = this.#loggedIn;
    const level = isolationLevels[isolation];
    await this.#bounded(async () => {
      await this.#forgetLastUser();
      await answer((answered) => connection.beginTransaction(answered, "", level));
    });
    this.#transaction = "open";
    this.#hasFailed = false;
  }

  /**
   * Commits, and gives false, still in the transaction, when an earlier statement had failed: SQL
   * Server would commit what came before and after it.
   */
  async commit(): Promise<boolean> {
    if (this.#transaction !== "open" || this.#hasFailed) return false;
    const { connection } = this.#loggedIn;
    await this.#bounded(() => answer((answered) => connection.commitTransaction(answered)));
    this.#transaction = "none";
    this.#isUsed = true;
    return true;
  }

  /** Rolls back, unless the server has done so by itself. */
  async rollback(): Promise<void> {
    const isOpen = this.#transaction === "open";
    this.#transaction = "none";
    this.#isUsed = true;
    if (!isOpen) return;
    const { connection } = this.#loggedIn;
    await this.#bounded(() => answer((answered) => connection.rollbackTransaction(answered)));
  }

  /** Ends the connection; a running query rejects. */
  async close(): Promise<void> {
    await this.#loggedIn.close();
  }

  /** Ends the connection at once; a running query rejects. */
  destroy(): void {
    void this.#loggedIn.close();
  }

  async #run(
    text: string,
    parameters: readonly unknown[] = [],
    options: QueryOptions = {},
  ): Promise<Result> {
    const { signal, timeoutMs = defaultQueryTimeoutMs } = options;
    checkTimeout(timeoutMs);
    signal?.throwIfAborted();
    const request = this.#request(parameters);

    let interrupted = false;
    let stop = () => this.destroy();
    const interrupt = () => {
      if (interrupted) return;
      interrupted = true;
      stop();
    };
    this.#interrupt = interrupt;
    const timer = setTimeout(interrupt, timeoutMs);
    signal?.addEventListener("abort", interrupt);
    try {
      if (!this.usable) throw lostConnectionError(this.#target);
      if (this.#transaction === "rolled back") throw rolledBackError();
      await this.#forgetLastUser();
      stop = () => request.cancel();
      return await request.query(toNamedParameters(text));
    } catch (error) {
      this.#hasFailed = true;
      if (!interrupted) throw toDatabaseError(error);
      // Without the server's word the statement may still run, and end where another one begins.
      if (!hasCode(error, "ECANCEL")) this.destroy();
      throw signal?.aborted ? signal.reason : deadlineError(timeoutMs, error);
    } finally {
      this.#interrupt = undefined;
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
    }
  }

  #request(parameters: readonly unknown[]): sql.Request {
    const request = new sql.Request(this.#lent);
    for (const [index, value] of parameters.entries()) {
      const parameter = sqlServerParameter(value, index + 1);
      request.input(`p${index + 1}`, parameter.type, parameter.value);
    }
    return request;
  }

  /**
   * Ends what a transaction has left in the session: temporary tables, settings, locks. A statement
   * outside of one leaves nothing, as it runs in sp_executesql.
   * https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
   */
  async #forgetLastUser(): Promise<void> {
    if (!this.#isUsed) return;
    await answer((answered) => this.#loggedIn.connection.reset(answered));
    this.#isUsed = false;
  }

  /** Runs what has no deadline of its own and cannot be cancelled. */
  async #bounded(work: () => Promise<unknown>): Promise<void> {
    if (!this.usable) throw lostConnectionError(this.#target);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.destroy();
    }, defaultQueryTimeoutMs);
    try {
      await work();
    } catch (error) {
      throw isLate ? deadlineError(defaultQueryTimeoutMs, error) : toDatabaseError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function answer(ask: (answered: Answered) => void): Promise<void> {
  return new Promise((resolve, reject) => ask((error) => error ? reject(error) : resolve()));
}

/** Without the transaction, a statement would be stored at once. */
function rolledBackError(): RetryableError {
  return new RetryableError(
    "Cannot run the statement as the server has rolled its transaction back; run the whole " +
      "transaction again",
    { code: "DATABASE_CONFLICT" },
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
