/** A server that may go away and come back while a job is under way. */

import {
  delay,
  ErrorCategory,
  errorReason,
  ExitCode,
  OpsdeckError,
  SFTPConnectionError,
} from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";
import { ConnectionPool, type ConnectionPoolOptions } from "../pool/mod.ts";
import type { SftpSettings } from "../settings/mod.ts";

/** How long a job waits for its server, and which one it trusts. */
export interface ServerAccessOptions extends ConnectionPoolOptions {
  /** How long to wait for a server that went away, in milliseconds. Defaults to 60000. */
  patienceMs?: number | undefined;
  /** Ends every wait. */
  signal?: AbortSignal | undefined;
}

/** A server that hangs up on the same work again and again will not stop to. */
const maxLosses = 5;

/** Gives connections to one server; disposing closes them. */
export class ServerAccess implements AsyncDisposable {
  readonly #settings: SftpSettings;
  readonly #pool: ConnectionPool;
  readonly #patienceMs: number;
  readonly #signal: AbortSignal | undefined;
  #awaySince: number | undefined;

  /** Prepares it; nothing is connected to. */
  constructor(settings: SftpSettings, options: ServerAccessOptions = {}) {
    const { patienceMs = 60_000, signal, ...poolOptions } = options;
    this.#settings = settings;
    this.#pool = new ConnectionPool(poolOptions);
    this.#patienceMs = patienceMs;
    this.#signal = signal;
  }

  /** Gives a connection, or fails after a few attempts. */
  async connect(): Promise<SftpConnection> {
    return await this.#pool.get(this.#settings, { signal: this.#signal });
  }

  /**
   * Gives a connection, and waits for the server as long as its patience lasts.
   *
   * @throws OpsdeckError (`SERVER_AWAY`, exit code 4) when it has not come back by then
   */
  async reconnect(): Promise<SftpConnection> {
    // Patience is with the server, not with each of those who wait for it.
    this.#awaySince ??= performance.now();
    while (true) {
      try {
        const connection = await this.connect();
        this.#awaySince = undefined;
        return connection;
      } catch (error) {
        if (!(error instanceof SFTPConnectionError && error.retryable)) throw error;
        const awayMs = performance.now() - (this.#awaySince ?? 0);
        if (awayMs > this.#patienceMs) throw serverAway(this.#settings, awayMs, error);
        await delay(500, { signal: this.#signal });
      }
    }
  }

  /** Does work that can be done again from its beginning when the connection is lost. */
  async repeatable<T>(work: (connection: SftpConnection) => Promise<T>): Promise<T> {
    let connection = await this.connect();
    for (let losses = 1;; losses++) {
      try {
        return await work(connection);
      } catch (error) {
        const isLost = error instanceof SFTPConnectionError && !connection.isActive();
        if (!isLost || losses > maxLosses) throw error;
        connection = await this.reconnect();
      }
    }
  }

  /** Closes the connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]();
  }
}

function serverAway({ host, port }: SftpSettings, awayMs: number, cause: Error): OpsdeckError {
  return new OpsdeckError(
    `Cannot go on with ${host}:${port} as it has not come back within ` +
      `${Math.round(awayMs / 1000)} s: ${errorReason(cause)}`,
    {
      code: "SERVER_AWAY",
      category: ErrorCategory.NETWORK,
      exitCode: ExitCode.network,
      context: { host, port },
      cause,
    },
  );
}
