/** Listening for NOTIFY, through lost connections and restarted servers. */

import { delay, ValidationError } from "../core/mod.ts";
import type { ConnectionTarget } from "./connection_target.ts";
import { PostgresConnection } from "./postgres_connection.ts";

/** How a channel is listened to. */
export interface PostgresListenerOptions {
  /** The channel's name. */
  channel: string;
  /** Is called with the payload of every NOTIFY. */
  onMessage: (payload: string) => void;
  /** Is called each time that listening begins. */
  onListening?: (() => void) | undefined;
}

/** How long to wait before connecting again, growing to the second. */
const firstPauseMs = 100;
const longestPauseMs = 10_000;

/** A connection that died without a word is noticed by this. */
const pingIntervalMs = 30_000;
const pingTimeoutMs = 5_000;

interface Heard {
  connection: PostgresConnection;
  /** Aborts when the connection is gone. */
  lost: AbortSignal;
}

/** Listens to one channel until it is disposed. */
export class PostgresListener implements AsyncDisposable {
  readonly #target: ConnectionTarget;
  readonly #options: PostgresListenerOptions;
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;

  private constructor(target: ConnectionTarget, options: PostgresListenerOptions) {
    this.#target = target;
    this.#options = options;
  }

  /**
   * Begins to listen.
   *
   * @throws what connecting throws the first time; later failures are tried again.
   */
  static async open(
    target: ConnectionTarget,
    options: PostgresListenerOptions,
  ): Promise<PostgresListener> {
    if (options.channel === "" || options.channel.includes("\0")) {
      throw new ValidationError("Cannot listen as a channel needs a name without NUL characters");
    }
    const listener = new PostgresListener(target, options);
    const heard = await listener.#listen();
    listener.#watching = listener.#watch(heard);
    return listener;
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #listen(): Promise<Heard> {
    const { channel, onMessage, onListening } = this.#options;
    const lost = new AbortController();
    const connection = await PostgresConnection.open(this.#target, {
      signal: this.#stop.signal,
      onNotify: onMessage,
      onClose: () => lost.abort(),
    });
    try {
      await connection.query(`listen "${channel.replaceAll('"', '""')}"`);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    onListening?.();
    return { connection, lost: lost.signal };
  }

  async #watch(first: Heard): Promise<void> {
    let heard = first;
    while (!this.#stop.signal.aborted) {
      await this.#keepAlive(heard);
      heard = await this.#listenAgain() ?? heard;
    }
    await heard.connection.close();
  }

  /** Returns when the connection is lost or nobody listens any more. */
  async #keepAlive({ connection, lost }: Heard): Promise<void> {
    const signal = AbortSignal.any([lost, this.#stop.signal]);
    try {
      while (!signal.aborted) {
        await delay(pingIntervalMs, { signal });
        await connection.query("select 1", [], { timeoutMs: pingTimeoutMs });
      }
    } catch {
      // Stopped, lost, or dead without a word.
      if (!this.#stop.signal.aborted) connection.destroy();
    }
  }

  async #listenAgain(): Promise<Heard | undefined> {
    let pauseMs = firstPauseMs;
    while (!this.#stop.signal.aborted) {
      try {
        return await this.#listen();
      } catch {
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
        await delay(pauseMs, { signal: this.#stop.signal }).catch(() => {});
      }
    }
    return undefined;
  }
}
