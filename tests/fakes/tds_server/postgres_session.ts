/** The PostgreSQL session that stands behind one connection of the double. */

import postgres from "postgres";
import { deadlockNumber, serverError } from "./sqlstate_numbers.ts";
import type { SourceColumn, SourceValue } from "./tds_rows.ts";
import type { ServerError } from "./tds_tokens.ts";
import type { Translation } from "./tsql_translation.ts";

/** What one statement gave. */
export interface StatementResult {
  /** Empty when it gives no rows. */
  columns: readonly SourceColumn[];
  /** Its rows, each value as text. */
  rows: SourceValue[][];
  /** How many rows it gave or changed; null for what has none. */
  count: number | null;
}

/** A statement failed. */
export interface StatementFailure {
  /** As SQL Server reports it. */
  error: ServerError;
  /** The transaction is over. */
  hasRolledBack: boolean;
}

type Isolation = "read uncommitted" | "read committed" | "repeatable read" | "serializable";

/** One session, with the transactions of SQL Server: a failed statement leaves them open. */
export class PostgresSession {
  readonly #sql: postgres.Sql;
  readonly #url: string;
  #pid = 0;
  #isInTransaction = false;
  #canceling: Promise<void> | undefined;

  private constructor(url: string, application: string) {
    this.#url = url;
    this.#sql = postgres(url, {
      max: 1,
      prepare: false,
      fetch_types: false,
      onnotice: () => {},
      connection: { application_name: application, TimeZone: "UTC" },
    });
  }

  /** Connects. */
  static async open(url: string, application: string): Promise<PostgresSession> {
    const session = new PostgresSession(url, application);
    const [row] = await session.#sql`select pg_backend_pid() as pid`;
    session.#pid = Number(row?.["pid"]);
    return session;
  }

  /** Whether a transaction is open. */
  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  /** Runs a statement, or several without parameters. */
  async run({ text, values }: Translation): Promise<StatementResult[] | StatementFailure> {
    try {
      if (this.#isInTransaction) await this.#sql.unsafe("savepoint statement");
      const result = await this.#sql.unsafe(text, values).raw();
      await this.#canceling;
      if (this.#isInTransaction) await this.#sql.unsafe("release savepoint statement");
      return toResults(result);
    } catch (error) {
      await this.#canceling;
      return await this.fail(serverError(error));
    }
  }

  /** Does to the transaction what a statement's error does. */
  async fail(error: ServerError): Promise<StatementFailure> {
    const hasRolledBack = this.#isInTransaction && error.number === deadlockNumber;
    if (hasRolledBack) await this.rollback();
    else if (this.#isInTransaction) {
      await this.#sql.unsafe("rollback to savepoint statement").catch(() => {});
    }
    return { error, hasRolledBack };
  }

  /** Begins a transaction. */
  async begin(isolation: Isolation): Promise<void> {
    await this.#sql.unsafe(`begin isolation level ${isolation}`);
    this.#isInTransaction = true;
  }

  /** Commits it. */
  async commit(): Promise<void> {
    this.#isInTransaction = false;
    await this.#sql.unsafe("commit");
  }

  /** Rolls it back. */
  async rollback(): Promise<void> {
    this.#isInTransaction = false;
    await this.#sql.unsafe("rollback");
  }

  /** Makes the session as new. */
  async reset(): Promise<void> {
    if (this.#isInTransaction) await this.rollback();
    await this.#sql.unsafe("discard all");
    await this.#sql.unsafe("set TimeZone = 'UTC'");
  }

  /** Stops what runs. */
  cancel(): Promise<void> {
    return this.#canceling ??= this.#cancel();
  }

  /** Ends the session, and with it a transaction that is open. */
  async close(): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  async #cancel(): Promise<void> {
    const admin = postgres(this.#url, { max: 1, fetch_types: false });
    await admin`select pg_cancel_backend(${this.#pid}::int)`;
    await admin.end();
    this.#canceling = undefined;
  }
}

/** Several statements give a list of results, one gives its own. */
function toResults(result: unknown): StatementResult[] {
  if (!Array.isArray(result)) return [];
  if ("command" in result) return [toResult(result)];
  return result.flatMap((one: unknown) => Array.isArray(one) ? [toResult(one)] : []);
}

function toResult(result: unknown[]): StatementResult {
  const columns: unknown = Reflect.get(result, "columns");
  const count: unknown = Reflect.get(result, "count");
  const decoder = new TextDecoder();
  return {
    columns: Array.isArray(columns)
      ? columns.map(({ name, type }) => ({ name: String(name), type: Number(type) }))
      : [],
    rows: result.map((row) =>
      Array.isArray(row)
        ? row.map((value) => value instanceof Uint8Array ? decoder.decode(value) : null)
        : []
    ),
    count: typeof count === "number" ? count : null,
  };
}
