/** Running statements over `npm:mssql`, on its pool or in its transaction. */

// @ts-types="@types/mssql"
import sql from "mssql";
import { toDatabaseError } from "../core/mod.ts";
import { defaultQueryTimeoutMs, type QueryOptions } from "./driver.ts";
import { checkTimeout, deadlineError } from "./query_deadline.ts";
import type { SessionConnection } from "./serial_session.ts";
import { toNamedParameters } from "./sqlserver_parameters.ts";
import { sqlServerParameter, sqlServerRows } from "./sqlserver_values.ts";

/** Runs statements on what the driver calls the parent of a request. */
export class SqlServerConnection implements SessionConnection {
  /** Always SQL Server. */
  readonly dialect = "sqlserver";
  readonly #newRequest: () => sql.Request;
  readonly #running = new Set<sql.Request>();

  /** Makes one for a pool or a transaction. */
  constructor(parent: sql.ConnectionPool | sql.Transaction) {
    // The constructor is overloaded, so the kind must be told apart.
    this.#newRequest = parent instanceof sql.ConnectionPool
      ? () => new sql.Request(parent)
      : () => new sql.Request(parent);
  }

  /** Runs a statement and gives its rows; see `DatabaseSession.query`. */
  async query<Row extends Record<string, unknown>>(
    text: string,
    parameters: readonly unknown[] = [],
    options: QueryOptions = {},
  ): Promise<Row[]> {
    const { signal, timeoutMs = defaultQueryTimeoutMs } = options;
    checkTimeout(timeoutMs);
    signal?.throwIfAborted();
    const request = this.#newRequest();
    for (const [index, value] of parameters.entries()) {
      const parameter = sqlServerParameter(value, index + 1);
      request.input(`p${index + 1}`, parameter.type, parameter.value);
    }

    let interrupted = false;
    const interrupt = () => {
      interrupted = true;
      request.cancel();
    };
    const timer = setTimeout(interrupt, timeoutMs);
    signal?.addEventListener("abort", interrupt);
    this.#running.add(request);
    try {
      const result = await request.query<Record<string, unknown>>(toNamedParameters(text));
      const last = result.recordsets.at(-1);
      return last === undefined ? [] : sqlServerRows<Row>(last);
    } catch (error) {
      if (interrupted && isCancelled(error)) {
        throw signal?.aborted ? signal.reason : deadlineError(timeoutMs, error);
      }
      throw toDatabaseError(error);
    } finally {
      this.#running.delete(request);
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
    }
  }

  /** Stops the running statements, if there are any. */
  interrupt(): void {
    for (const request of this.#running) request.cancel();
  }
}

/** Cancelled, or the server did not acknowledge it and the connection was dropped. */
function isCancelled(error: unknown): boolean {
  return error instanceof sql.RequestError && ["ECANCEL", "ETIMEOUT"].includes(error.code);
}
