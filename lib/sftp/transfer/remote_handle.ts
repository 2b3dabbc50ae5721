/** A file that is open on the server. */

import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { SFTPWrapper, Stats } from "ssh2";
import {
  type CallOptions,
  type Done,
  type RemoteFile,
  remoteFile,
  type SftpConnection,
  writeDirectly,
} from "../connection/mod.ts";

/** How a remote file is opened. */
export interface OpenRemoteOptions {
  /** Ends the opening and everything that is done with the file. */
  signal?: AbortSignal | undefined;
  /** The channel to open it on. Defaults to the connection's first. */
  channel?: SFTPWrapper | undefined;
  /** The path that messages name. Defaults to the path itself. */
  shownPath?: string;
  /** The permissions of a file that is created; 0, the default, leaves them to the server. */
  mode?: number;
}

/** An open remote file. Its operations end as those of `SftpConnection` do. */
export class RemoteHandle {
  readonly #connection: SftpConnection;
  readonly #path: string;
  readonly #handle: Buffer;
  readonly #options: CallOptions;
  #isClosed = false;

  private constructor(
    connection: SftpConnection,
    path: string,
    handle: Buffer,
    options: CallOptions,
  ) {
    this.#connection = connection;
    this.#path = path;
    this.#handle = handle;
    this.#options = options;
  }

  /** Opens a file: to read, to write what is there, or to create what is not there yet. */
  static async open(
    connection: SftpConnection,
    path: string,
    flags: "r" | "r+" | "wx",
    { signal, channel, shownPath = path, mode = 0 }: OpenRemoteOptions = {},
  ): Promise<RemoteHandle> {
    const options: CallOptions = { signal, whileIdle: true, ...(channel && { channel }) };
    const handle = await connection.call<Buffer>(
      flags === "wx" ? "create" : "open",
      shownPath,
      (sftp, done) => {
        // A slice of the packet that it came in, which is not there for long.
        const keep: Done<Buffer> = (error, handle) =>
          done(error, error ? handle : Buffer.from(handle));
        if (mode === 0) sftp.open(path, flags, keep);
        else sftp.open(path, flags, { mode }, keep);
      },
      options,
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

  /**
   * Has the server copy `length` bytes of another file to the same place here; 0 for all that is
   * left. Its deadline runs even while other files move.
   */
  async copyFrom(source: RemoteHandle, position: number, length: number): Promise<void> {
    await this.#connection.call<void>("copy", this.#path, (sftp, done) => {
      sftp.ext_copy_data(source.#handle, position, length, this.#handle, position, done);
    }, { ...this.#options, whileIdle: false });
  }

  /** Gives what the file is now. */
  async stat(): Promise<RemoteFile> {
    const stats = await this.#connection.call<Stats>("look at", this.#path, (sftp, done) => {
      sftp.fstat(this.#handle, done);
    }, this.#options);
    return remoteFile(this.#path, stats);
  }

  /**
   * Sets when the file was changed last and, where `mode` is not 0, its permissions. It counts as
   * read just now: a part with an old time is a live one all the same (see `removeStaleParts`).
   */
  async stamp({ mtimeMs, mode = 0 }: { mtimeMs: number; mode?: number }): Promise<void> {
    const attributes = {
      atime: Math.floor(Date.now() / 1000),
      mtime: Math.floor(mtimeMs / 1000),
      ...(mode !== 0 && { mode }),
    };
    await this.#connection.call<void>("set the time of", this.#path, (sftp, done) => {
      sftp.fsetstat(this.#handle, attributes, done);
    }, this.#options);
  }

  /** Closes it; what was written late may be refused now. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection.call<void>("write", this.#path, (sftp, done) => {
      sftp.close(this.#handle, done);
    }, this.#options);
  }

  /**
   * Closes it without waiting, where the answer changes nothing. Never a second time: the server may
   * have given its number to another file by then.
   */
  closeLater(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { channel } = this.#options;
    this.#connection.call<void>("close", this.#path, (sftp, done) => {
      sftp.close(this.#handle, done);
    }, { ...(channel && { channel }) }).catch(() => {});
  }
}
