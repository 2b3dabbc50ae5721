/** The queries of one connection, one after the other. */

import { OpsdeckError } from "../core/mod.ts";
import type { Dialect } from "./connection_target.ts";
import type { DatabaseSession, QueryOptions } from "./driver.ts";

/** The connection under a session. */
export interface SessionConnection extends DatabaseSession {
  /** Stops the running query, if there is one. */
  interrupt(): void;
}

/** A session on one connection, until it is ended. */
export class SerialSession implements DatabaseSession {
  /** The connection's kind of server. */
  readonly dialect: Dialect;
  readonly #connection: SessionConnection;
  readonly #signal: AbortSignal | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;
  #failure: unknown;

  /** Makes a session; the signal stops each of its queries. */
  constructor(connection: SessionConnection, signal?: AbortSignal) {
    this.dialect = connection.dialect;
    this.#connection = connection;
    this.#signal = signal;
  }

  /** The error of the first query that failed; undefined when none did. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Runs a statement after those that were asked for before, and gives its rows. */
  query<Row extends Record<string, unknown>>(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    return this.#inTurn(
      (stoppable) => this.#connection.query<Row>(text, parameters, stoppable),
      options,
    );
  }

  /** Runs a statement after those that were asked for before, and gives how many rows it changed. */
  execute(
    text: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<number> {
    return this.#inTurn(
      (stoppable) => this.#connection.execute(text, parameters, stoppable),
      options,
    );
  }

  /** Refuses further queries, and waits for those that were asked for. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#last.catch(() => {});
  }

  /** Refuses further queries, and stops those that were asked for. */
  async abandon(): Promise<void> {
    this.#ended = true;
    this.#connection.interrupt();
    await this.end();
  }

  #inTurn<T>(run: (options: QueryOptions) => Promise<T>, options?: QueryOptions): Promise<T> {
    const guarded = () => this.#guard(run, options);
    const result = this.#last.then(guarded, guarded);
    this.#last = result;
    return result;
  }

  async #guard<T>(run: (options: QueryOptions) => Promise<T>, options?: QueryOptions): Promise<T> {
    if (this.#ended) {
      throw new OpsdeckError("Cannot run the query as its transaction or session is over", {
        code: "SESSION_ENDED",
      });
    }
    try {
      return await run({ ...options, signal: eitherSignal(this.#signal, options?.signal) });
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }
}

/** The error of a transaction whose work ended well although a statement of it had failed. */
export function abortedTransactionError(cause: unknown): OpsdeckError {
  return new OpsdeckError(
    "Cannot commit the transaction as one of its statements had failed, so nothing was stored; " +
      "let the statement's error end the transaction",
    { code: "TRANSACTION_ABORTED", cause },
  );
}

function eitherSignal(one?: AbortSignal, other?: AbortSignal): AbortSignal | undefined {
  return one !== undefined && other !== undefined ? AbortSignal.any([one, other]) : one ?? other;
}
