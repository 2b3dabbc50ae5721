/** The connection that a transfer uses, and the next one when it has died. */

import { backoffDelayMs, delay, OpsdeckError, SFTPConnectionError } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";

/** How {@link TransferSession} gets new connections. */
export interface SessionOptions {
  reconnect: ((signal?: AbortSignal) => Promise<SftpConnection>) | undefined;
  /** How often in a row without {@link TransferSession.progressed}. */
  maxReconnects: number;
  signal: AbortSignal;
  /** Called with each new connection before it is used. */
  onRenewed: (connection: SftpConnection) => Promise<void>;
}

/** Waits between attempts that fail: short, as a server's return should not be waited out. */
const backoff = { initialDelayMs: 250, maxDelayMs: 3000, jitter: 0.2 };

/** Holds one connection at a time. */
export class TransferSession {
  #connection: SftpConnection;
  readonly #options: SessionOptions;
  #renewing: Promise<boolean> | undefined;
  #attempts = 0;
  #refusal: Error | undefined;

  /** Begins with a connection. */
  constructor(connection: SftpConnection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** The connection to use now. */
  get connection(): SftpConnection {
    return this.#connection;
  }

  /** Why there will be no new connection: something that trying again does not mend. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** Notes that a file has arrived: the line works again. */
  progressed(): void {
    this.#attempts = 0;
  }

  /**
   * Gets a new connection in the place of a dead one, once for all who ask. Gives whether there is
   * one now.
   */
  async renew(dead: SftpConnection): Promise<boolean> {
    if (this.#connection !== dead) return true;
    if (this.#options.reconnect === undefined || this.#refusal !== undefined) return false;
    this.#renewing ??= this.#tryToRenew(this.#options.reconnect);
    try {
      return await this.#renewing;
    } finally {
      this.#renewing = undefined;
    }
  }

  async #tryToRenew(
    reconnect: (signal?: AbortSignal) => Promise<SftpConnection>,
  ): Promise<boolean> {
    const { signal, maxReconnects, onRenewed } = this.#options;
    while (this.#attempts < maxReconnects) {
      if (this.#attempts > 0) await delay(backoffDelayMs(this.#attempts, backoff), { signal });
      this.#attempts++;
      try {
        const connection = await reconnect(signal);
        await onRenewed(connection);
        this.#connection = connection;
        return true;
      } catch (error) {
        signal.throwIfAborted();
        const isWorthIt = error instanceof SFTPConnectionError ||
          (error instanceof OpsdeckError && error.retryable);
        if (isWorthIt) continue;
        // Every further attempt could count towards a lock-out.
        this.#refusal = error instanceof Error ? error : new Error(String(error));
        return false;
      }
    }
    return false;
  }
}
