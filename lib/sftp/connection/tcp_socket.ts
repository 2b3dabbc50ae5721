/**
 * The TCP connection under an SSH connection, as the SSH library uses a socket.
 *
 * The library writes each packet in three small pieces and takes what it reads in a fresh buffer
 * each time. On Deno that costs more than the encryption, and the buffers pile up: here pieces that
 * are written together go out together, and two buffers take turns in reading.
 */

import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";

const handshakeBytes = 32 * 1024;
const readBytes = 256 * 1024;
const writeBytes = 256 * 1024;

/** More than these are left to the garbage collector. */
const maxFreeBuffers = 16;

interface OutBuffer {
  bytes: Uint8Array;
  filled: number;
}

/** A connected TCP socket. Emits `data`, `end`, `error` and `close`. */
export class TcpSocket extends EventEmitter {
  readonly #connection: Deno.TcpConn;
  /** What waits to be written, and rooms for more of it. */
  #waiting: OutBuffer[] = [];
  #free: OutBuffer[] = [];
  #isWriting = false;
  #isReading = false;
  #isPaused = true;
  #endsAfterWriting = false;
  #reusesBuffers = false;
  #isClosed = false;

  /** Whether data may still come: the library asks. */
  readable = true;
  /** Whether data may still be sent: the library asks. */
  writable = true;
  /** The library takes a socket for open as long as this says so. */
  readonly _readableState: { ended: boolean } = { ended: false };
  /** Bytes received so far. */
  bytesRead = 0;
  /** Bytes handed to the system so far. */
  bytesWritten = 0;

  /** Takes over a connection. */
  constructor(connection: Deno.TcpConn) {
    super();
    this.#connection = connection;
  }

  /** Whether {@link destroy} was called or the other side is gone, and `close` was emitted. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Reads into the same two buffers from now on. Only once all that comes is encrypted: of what it
   * decrypts the library has copies, but it keeps parts of the handshake as they came.
   */
  reuseBuffers(): void {
    this.#reusesBuffers = true;
  }

  /** Copies bytes and sends them later, together with those that follow at once. */
  write(data: Uint8Array): boolean {
    if (!this.writable) return false;
    for (let rest = data; rest.length > 0;) rest = this.#append(rest);
    if (!this.#isWriting) {
      this.#isWriting = true;
      queueMicrotask(() => this.#writeAll());
    }
    return true;
  }

  /** Sends what is waiting, then ends. */
  end(): void {
    this.writable = false;
    this.#endsAfterWriting = true;
    if (!this.#isWriting) this.#closeWriting();
  }

  /** Ends at once. */
  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.readable = false;
    this.writable = false;
    this._readableState.ended = true;
    this.#waiting = [];
    this.#connection.close();
    queueMicrotask(() => this.emit("close"));
  }

  /** Holds back what comes. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Lets come what was held back. */
  resume(): void {
    this.#isPaused = false;
    if (!this.#isReading) {
      this.#isReading = true;
      this.#readAll();
    }
  }

  get #bufferBytes(): number {
    return this.#reusesBuffers ? readBytes : handshakeBytes;
  }

  async #readAll(): Promise<void> {
    // Two, as the library may keep a packet that is whole until it has the checksum behind it.
    let spare: Buffer | undefined;
    let last: Buffer | undefined;
    try {
      for (;;) {
        const buffer = spare ?? Buffer.allocUnsafeSlow(this.#bufferBytes);
        [spare, last] = this.#reusesBuffers ? [last, buffer] : [undefined, undefined];
        const count = await this.#connection.read(buffer);
        if (this.#isClosed) return;
        if (count === null) break;
        this.bytesRead += count;
        this.emit("data", buffer.subarray(0, count));
        if (this.#isClosed) return;
      }
      this.readable = false;
      this._readableState.ended = true;
      this.emit("end");
      this.destroy();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeAll(): Promise<void> {
    try {
      for (let out = this.#waiting.shift(); out !== undefined; out = this.#waiting.shift()) {
        let rest = out.bytes.subarray(0, out.filled);
        while (rest.length > 0) {
          const count = await this.#connection.write(rest);
          this.bytesWritten += count;
          rest = rest.subarray(count);
        }
        out.filled = 0;
        if (this.#free.length < maxFreeBuffers) this.#free.push(out);
      }
      this.#isWriting = false;
      if (this.#endsAfterWriting) this.#closeWriting();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Copies as much as there is room for, and gives the rest. */
  #append(data: Uint8Array): Uint8Array {
    let last = this.#waiting.at(-1);
    if (last === undefined || last.filled === writeBytes) {
      last = this.#free.pop() ?? { bytes: new Uint8Array(writeBytes), filled: 0 };
      this.#waiting.push(last);
    }
    const count = Math.min(data.length, writeBytes - last.filled);
    last.bytes.set(data.subarray(0, count), last.filled);
    last.filled += count;
    return data.subarray(count);
  }

  #closeWriting(): void {
    if (this.#isClosed) return;
    this.#connection.closeWrite().catch(() => this.destroy());
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.emit("error", error);
    this.destroy();
  }
}
