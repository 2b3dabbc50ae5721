/** A file that is open on the server. */

import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { SFTPWrapper, Stats } from "ssh2";
import { type RemoteFile, type SftpConnection } from "../connection/mod.ts";
import { writeDirectly } from "../connection/direct_data.ts";
import { remoteFile } from "../connection/remote_file.ts";

/** How a remote file is opened. */
export interface OpenRemoteOptions {
  /** Ends the opening and everything that is done with the file. */
  signal?: AbortSignal | undefined;
  /** The channel to open it on. Defaults to the connection's first. */
  channel?: SFTPWrapper | undefined;
  /** The path that messages name. Defaults to the path itself. */
  shownPath?: string;
}

/** An open remote file. Its operations end as those of `SftpConnection` do. */
export class RemoteHandle {
  readonly #connection: SftpConnection;
  readonly #path: string;
  readonly #handle: Buffer;
  readonly #options: { signal?: AbortSignal | undefined; whileIdle: true; channel?: SFTPWrapper };

  private constructor(
    connection: SftpConnection,
    path: string,
    handle: Buffer,
    { signal, channel }: OpenRemoteOptions,
  ) {
    this.#connection = connection;
    this.#path = path;
    this.#handle = handle;
    this.#options = { signal, whileIdle: true, ...(channel && { channel }) };
  }

  /** Opens a file: to read, to write what is there, or to create what is not there yet. */
  static async open(
    connection: SftpConnection,
    path: string,
    flags: "r" | "r+" | "wx",
    options: OpenRemoteOptions = {},
  ): Promise<RemoteHandle> {
    const { signal, channel, shownPath = path } = options;
    const handle = await connection.call<Buffer>(
      flags === "wx" ? "create" : "open",
      shownPath,
      (sftp, done) =>
        sftp.open(path, flags, (error, handle) => {
          // A slice of the packet that it came in, which is not there for long.
          done(error, error ? handle : Buffer.from(handle));
        }),
      { signal, whileIdle: true, ...(channel && { channel }) },
    );
    return new RemoteHandle(connection, shownPath, handle, options);
  }

  /** Reads up to `length` bytes into the buffer, and gives how many: 0 at the end of the file. */
  async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    return await this.#connection.call<number>("read", this.#path, (sftp, done) => {
      sftp.read(this.#handle, buffer, offset, length, position, (error, count) => {
        done(error, count);
      });
    }, this.#options);
  }

  /** Writes the buffer's first `length` bytes. */
  async write(buffer: Buffer, length: number, position: number): Promise<void> {
    if (length === 0) return;
    await this.#connection.call<void>("write", this.#path, (sftp, done) => {
      const data = buffer.subarray(0, length);
      if (writeDirectly(sftp, this.#handle, data, position, (error) => done(error))) return;
      sftp.write(this.#handle, buffer, 0, length, position, done);
    }, this.#options);
  }

  /** Gives what the file is now. */
  async stat(): Promise<RemoteFile> {
    const stats = await this.#connection.call<Stats>("look at", this.#path, (sftp, done) => {
      sftp.fstat(this.#handle, done);
    }, this.#options);
    return remoteFile(this.#path, stats);
  }

  /** Sets when it was changed last. */
  async setTimes(mtimeMs: number): Promise<void> {
    const seconds = Math.floor(mtimeMs / 1000);
    await this.#connection.call<void>("set the time of", this.#path, (sftp, done) => {
      sftp.futimes(this.#handle, seconds, seconds, done);
    }, this.#options);
  }

  /** Closes it; what was written late may be refused now. */
  async close(): Promise<void> {
    await this.#connection.call<void>("write", this.#path, (sftp, done) => {
      sftp.close(this.#handle, done);
    }, this.#options);
  }

  /** Closes it without waiting, where the answer changes nothing. */
  closeLater(): void {
    const { channel } = this.#options;
    this.#connection.call<void>("close", this.#path, (sftp, done) => {
      sftp.close(this.#handle, done);
    }, { ...(channel && { channel }) }).catch(() => {});
  }
}
