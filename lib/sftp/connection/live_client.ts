/** One client of the SSH library, from its login to its death. */

import type { TcpSocket } from "./tcp_socket.ts";
// @ts-types="@types/ssh2"
import type { Client, SFTPWrapper } from "ssh2";
import {
  delay,
  errorReason,
  FileOperationError,
  type OpsdeckError,
  SFTPConnectionError,
} from "../../core/mod.ts";
import { receiveDirectly } from "./direct_data.ts";
import { type Done, PendingOperations } from "./pending_operations.ts";
import { toRemoteError } from "./remote_error.ts";
import { quoteName } from "./remote_name.ts";
import { describeServer, type SftpTarget, sftpTimes } from "./sftp_target.ts";

/** What a client that has logged in consists of. */
export interface LiveClientParts {
  client: Client;
  socket: TcpSocket;
  /** The channel that small operations use. */
  channel: SFTPWrapper;
  target: SftpTarget;
  roundTripMs: number;
}

/** How one operation may differ from the others. */
export interface CallOptions {
  /** Ends it; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds. Defaults to the target's `operationTimeoutMs`. */
  timeoutMs?: number;
  /** Counts the time only while next to nothing moves: for the parts of files. */
  whileIdle?: boolean;
  /**
   * The channel to use. Defaults to the first.
   * @internal
   */
  channel?: SFTPWrapper;
}

interface ChannelState {
  _extensions?: Record<string, unknown>;
  _maxReadLen?: number;
  _maxWriteLen?: number;
}

/** More costs memory and gains nothing (measured with 256 KiB). */
const maxChunkBytes = 128 * 1024;

/** How long a server may take to say goodbye. */
const farewellMs = 1000;

/** A logged-in client. Whatever ends it ends every operation on it. */
export class LiveClient {
  readonly #parts: LiveClientParts;
  readonly #pending: PendingOperations;
  readonly #closed = Promise.withResolvers<OpsdeckError | undefined>();
  readonly #further: SFTPWrapper[] = [];
  #isDead = false;

  /** The server, as `user@host:port`. */
  readonly server: string;

  /** Takes over a client. */
  constructor(parts: LiveClientParts) {
    const { client, socket, channel } = parts;
    this.#parts = parts;
    this.server = describeServer(parts.target);
    this.#pending = new PendingOperations(() => socket.bytesRead + socket.bytesWritten);
    client.on("error", (error) => this.#die(errorReason(error)));
    client.on("end", () => this.#die("the server hung up"));
    client.on("close", () => this.#die("the server hung up"));
    socket.on("close", () => this.#die("the server hung up"));
    this.#watch(channel);
    // It may have died while its channel was being opened.
    if (socket.closed || !socket.writable) this.#die("the server hung up");
  }

  /** Whether operations can still succeed. */
  get isActive(): boolean {
    return !this.#isDead;
  }

  /** How long no operation has been under way, in milliseconds; 0 while one is. */
  get idleMs(): number {
    return this.#pending.idleMs;
  }

  /** Settles when it is gone: with the reason, or with undefined after {@link close}. */
  get closed(): Promise<OpsdeckError | undefined> {
    return this.#closed.promise;
  }

  /** The round trip that was measured at the start, in milliseconds. */
  get roundTripMs(): number {
    return this.#parts.roundTripMs;
  }

  /** How the server names its software: `SSH-2.0-OpenSSH_9.2p1`. */
  get serverIdent(): string {
    // The library keeps it under this name only.
    const { _protocol: protocol } = this.#parts.client as unknown as {
      _protocol?: { _remoteIdentRaw?: Uint8Array };
    };
    return new TextDecoder().decode(protocol?._remoteIdentRaw ?? new Uint8Array());
  }

  /** Tells whether the server offered an extension of the protocol. */
  hasExtension(name: string): boolean {
    return this.#channelState._extensions?.[name] !== undefined;
  }

  /** The largest part of a file that the server reads or writes at once, at most 128 KiB. */
  get chunkBytes(): number {
    const { _maxReadLen: read = Infinity, _maxWriteLen: write = Infinity } = this.#channelState;
    return Math.min(maxChunkBytes, read, write);
  }

  /** The library keeps these under names of its own only. */
  get #channelState(): ChannelState {
    return this.#parts.channel as unknown as ChannelState;
  }

  /** Runs one call of the library; see `SftpConnection.call`. */
  async call<T>(
    action: string,
    path: string,
    start: (sftp: SFTPWrapper, done: Done<T>) => void,
    options: CallOptions = {},
  ): Promise<T> {
    const { channel = this.#parts.channel, signal, whileIdle } = options;
    const { timeoutMs = this.#parts.target.operationTimeoutMs ?? sftpTimes.operationTimeoutMs } =
      options;
    try {
      return await this.#pending.run<T>((done) => start(channel, done), {
        timeoutMs,
        whileIdle,
        signal,
        onTimeout: () => this.#timeoutError(action, path, timeoutMs),
      });
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      throw toRemoteError(error, { action, path, server: this.server });
    }
  }

  /** Gives up to `count` channels beside the first; see `SftpConnection.channels`. */
  async channels(count: number): Promise<SFTPWrapper[]> {
    for (let wanted = count - this.#further.length; wanted > 0; wanted = Math.floor(wanted / 2)) {
      const opened = await this.#openChannels(wanted);
      this.#further.push(...opened);
      // A server may refuse all of several at once, and take fewer.
      if (opened.length > 0) break;
    }
    if (this.#isDead) throw await this.#reason();
    return this.#further.slice(0, count);
  }

  /** Says goodbye and ends it, within about a second. */
  async close(): Promise<void> {
    const { client, socket } = this.#parts;
    const gone = socket.closed
      ? Promise.resolve()
      : new Promise<void>((resolve) => socket.once("close", () => resolve()));
    if (!this.#isDead) {
      this.#isDead = true;
      this.#closed.resolve(undefined);
      this.#pending.end(this.#lost("it was closed here"));
      client.end();
    }
    const stop = new AbortController();
    await Promise.race([gone, delay(farewellMs, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
    socket.destroy();
    await gone;
  }

  async #openChannels(count: number): Promise<SFTPWrapper[]> {
    const { client } = this.#parts;
    const attempts = Array.from(
      { length: count },
      () => this.call<SFTPWrapper>("open a channel for", ".", (_, done) => client.sftp(done)),
    );
    const settled = await Promise.allSettled(attempts);
    const opened = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    for (const channel of opened) this.#watch(channel);
    return opened;
  }

  /** A channel that ends by itself answers nothing any more, and the library does not say so. */
  #watch(channel: SFTPWrapper): void {
    receiveDirectly(channel);
    channel.on("error", (error: unknown) => this.#die(errorReason(error)));
    for (const event of ["end", "close"]) {
      channel.on(event, () => this.#die("the server closed the SFTP channel"));
    }
  }

  #die(reason: string): void {
    if (this.#isDead) return;
    this.#isDead = true;
    const error = this.#lost(reason);
    this.#closed.resolve(error);
    this.#pending.end(error);
    this.#parts.socket.destroy();
  }

  async #reason(): Promise<OpsdeckError> {
    return await this.#closed.promise ?? this.#lost("it was closed here");
  }

  #lost(reason: string): SFTPConnectionError {
    return new SFTPConnectionError(
      `Cannot go on with ${this.server} as the connection is gone: ${reason}; run this again`,
      { context: { server: this.server } },
    );
  }

  #timeoutError(action: string, path: string, timeoutMs: number): Error {
    // Not the connection's death: another folder of the same server may answer.
    return new FileOperationError(
      `Cannot ${action} ${quoteName(path)} on ${this.server} as the server did not answer within ` +
        `${timeoutMs} ms; check the server, then run this again`,
      {
        code: "OPERATION_TIMEOUT",
        category: "NETWORK",
        retryable: true,
        exitCode: 4,
        context: { remote_path: path, server: this.server },
      },
    );
  }
}
