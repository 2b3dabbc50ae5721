/** One connection in the place of the pool that `npm:mssql` wants under its requests. */

// @ts-types="@types/mssql"
import sql from "mssql";
import type { Connection } from "tedious";

type Lent = (error: null, connection: Connection, config: unknown) => void;

/**
 * What requests and transactions take for their pool: it lends them the same connection each time.
 *
 * The driver's own pool is not used: it logs in twice for the first connection, waits for a free one
 * without end or signal, keeps the process alive for 30 seconds when it was not closed, and hands a
 * session on with whatever its last user has set.
 */
export class LentConnection extends sql.ConnectionPool {
  readonly #connection: Connection;

  /** Makes one of a connection that has logged in. */
  constructor(connection: Connection) {
    super({ server: "lent" });
    this.#connection = connection;
    // A getter of the driver's class that its types call a field.
    Object.defineProperty(this, "connected", { get: () => !connection.closed });
  }

  /** Is called by a request or transaction that begins. */
  acquire(_user: unknown, lent: Lent): this {
    queueMicrotask(() => lent(null, this.#connection, { parseJSON: false }));
    return this;
  }

  /** Is called by a request or transaction that is over. */
  release(_connection: Connection): this {
    return this;
  }
}
