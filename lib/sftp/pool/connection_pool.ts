/** Keeps one connection a project, and makes a new one when it has died. */

import { OpsdeckError, SFTPConnectionError } from "../../core/mod.ts";
import type { SftpConnection } from "../connection/mod.ts";
import { openConfigured, type OpenConfiguredOptions, type SftpSettings } from "../settings/mod.ts";
import { identityOf } from "./identity.ts";
import { PooledConnection } from "./pooled_connection.ts";

/** How a {@link ConnectionPool} keeps connections. */
export interface ConnectionPoolOptions extends Omit<OpenConfiguredOptions, "signal"> {
  /** How many connections there may be at once. Defaults to 10. */
  maxConnections?: number;
  /** How long a connection may be unused before it is closed, in milliseconds. Defaults to 60000. */
  idleTimeoutMs?: number;
  /**
   * After how long without use a connection is tried before it is given out, in milliseconds, as
   * servers and firewalls hang up on the idle without a word. Defaults to 5000.
   */
  checkAfterIdleMs?: number;
  /** How long that trial may take, in milliseconds. Defaults to 5000. */
  checkTimeoutMs?: number;
  /**
   * How often opening is tried again when the server cannot be reached, after waits of 500 ms that
   * double up to 3000 ms. Defaults to 3.
   */
  maxRetries?: number;
}

/** How {@link ConnectionPool.get} may end early. */
export interface PoolGetOptions {
  /** Ends the wait; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const defaults = {
  maxConnections: 10,
  idleTimeoutMs: 60_000,
  checkAfterIdleMs: 5_000,
  checkTimeoutMs: 5_000,
  maxRetries: 3,
};

/**
 * Connections by project. All who ask for a project's connection share it, since one connection
 * carries any number of operations at once; server, login and host key must be the same too.
 * Disposing closes all of them.
 */
export class ConnectionPool implements AsyncDisposable {
  readonly #options: ConnectionPoolOptions & typeof defaults;
  readonly #places = new Map<string, PooledConnection>();
  readonly #closing = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDisposed = false;

  /** Makes an empty pool. */
  constructor(options: ConnectionPoolOptions = {}) {
    this.#options = { ...defaults, ...options };
  }

  /** How many connections there are, those that are being opened included. */
  get size(): number {
    return this.#places.size;
  }

  /**
   * Gives the connection of a project: the one that is there, tried if it has been idle, or a new
   * one. Those who ask at the same time wait for the same one.
   *
   * @throws what `openConfigured` throws, after the last retry; SFTPConnectionError (`POOL_FULL`,
   * retryable) when all connections are other projects' and in use
   */
  async get(settings: SftpSettings, options: PoolGetOptions = {}): Promise<SftpConnection> {
    if (this.#isDisposed) {
      throw new OpsdeckError("Cannot open an SFTP connection as the pool was closed", {
        code: "POOL_CLOSED",
      });
    }
    const identity = identityOf(settings);
    const place = this.#places.get(identity) ?? this.#makePlace(identity, settings);
    this.#watchIdleness();
    try {
      return await place.get(options.signal);
    } catch (error) {
      if (place.idleMs === Infinity && this.#places.get(identity) === place) {
        this.#places.delete(identity);
      }
      throw error;
    }
  }

  /** Closes all connections and ends the opening of others. The pool can be used again. */
  async closeAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const reason = new OpsdeckError("Cannot open the SFTP connection as the pool was closed", {
      code: "POOL_CLOSED",
    });
    for (const [identity, place] of [...this.#places]) this.#close(identity, place, reason);
    await Promise.all(this.#closing);
  }

  /** Closes all connections, for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    await this.closeAll();
  }

  #makePlace(identity: string, settings: SftpSettings): PooledConnection {
    if (this.#places.size >= this.#options.maxConnections) this.#makeRoom();
    const place = new PooledConnection({
      ...this.#options,
      open: (signal) => openConfigured(settings, { ...this.#options, signal }),
    });
    this.#places.set(identity, place);
    return place;
  }

  /** Closes the connection that has been unused for longest. */
  #makeRoom(): void {
    const [longest] = [...this.#places].sort(([, a], [, b]) => b.idleMs - a.idleMs);
    if (longest === undefined || longest[1].idleMs === 0) {
      throw new SFTPConnectionError(
        `Cannot open another SFTP connection as all ${this.#options.maxConnections} are in use; ` +
          "wait for one, or raise maxConnections",
        { code: "POOL_FULL" },
      );
    }
    this.#close(...longest, new DOMException("Another one was needed more", "AbortError"));
  }

  #watchIdleness(): void {
    if (this.#timer !== undefined || this.#places.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const reason = new DOMException("Unused for too long", "AbortError");
      for (const [identity, place] of [...this.#places]) {
        if (place.idleMs >= this.#options.idleTimeoutMs) this.#close(identity, place, reason);
      }
      this.#watchIdleness();
    }, this.#options.idleTimeoutMs);
    // A pool that nobody closes must not keep its process alive.
    Deno.unrefTimer(this.#timer);
  }

  #close(identity: string, place: PooledConnection, reason: Error): void {
    this.#places.delete(identity);
    const closing = place.close(reason).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
