/** PostgreSQL behind the driver interface. Imported only when a PostgreSQL database is opened. */

import type { ConnectionTarget } from "./connection_target.ts";
import { PooledDriver } from "./pooled_driver.ts";
import { PostgresConnection } from "./postgres_connection.ts";
import { PostgresListener } from "./postgres_listener.ts";

/** How many connections a driver may have. */
export interface PostgresDriverOptions {
  /** The most connections of the pool at once. Defaults to 10. */
  maxConnections?: number;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  connectSignal?: AbortSignal | undefined;
}

/** A pool of connections to one PostgreSQL database; connects when it is first used. */
export class PostgresDriver extends PooledDriver<PostgresConnection> {
  readonly #target: ConnectionTarget;

  /** Makes a driver; nothing is connected yet. */
  constructor(target: ConnectionTarget, options: PostgresDriverOptions = {}) {
    super({
      dialect: "postgresql",
      open: (options) => PostgresConnection.open(target, options),
      maxConnections: options.maxConnections,
      connectSignal: options.connectSignal,
    });
    this.#target = target;
  }

  /** Listens on a connection of its own. */
  async listen(
    channel: string,
    onMessage: (payload: string) => void,
    onListening?: () => void,
  ): Promise<AsyncDisposable> {
    const listener = await PostgresListener.open(this.#target, { channel, onMessage, onListening });
    return this.keep({
      [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
    });
  }
}
