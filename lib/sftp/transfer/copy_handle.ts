/** A file that is open on the server to be copied from or to. */

import { Buffer } from "node:buffer";
// @ts-types="@types/ssh2"
import type { SFTPWrapper, Stats } from "ssh2";
import type { CallOptions, Done, RemoteFile, SftpConnection } from "../connection/mod.ts";
import { remoteFile } from "../connection/remote_file.ts";

/** How a file is opened for a copy. */
export interface OpenCopyOptions {
  signal: AbortSignal;
  /** The channel to open it on. Defaults to the connection's first. */
  channel?: SFTPWrapper | undefined;
  /** The path that messages name. Defaults to the path itself. */
  shownPath?: string;
}

/** An open file: what `RemoteHandle` does not need, copies do. */
export class CopyHandle {
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

  /** Opens a file to read, or creates one that is not there yet, with these permissions. */
  static async open(
    connection: SftpConnection,
    path: string,
    how: "read" | { mode: number },
    { signal, channel, shownPath = path }: OpenCopyOptions,
  ): Promise<CopyHandle> {
    const options: CallOptions = { signal, ...(channel && { channel }) };
    const handle = await connection.call<Buffer>(
      how === "read" ? "open" : "create",
      shownPath,
      (sftp, done) => {
        // A slice of the packet that it came in, which is not there for long.
        const keep: Done<Buffer> = (error, handle) =>
          done(error, error || handle === undefined ? handle : Buffer.from(handle));
        if (how === "read") sftp.open(path, "r", keep);
        else sftp.open(path, "wx", { mode: how.mode || defaultMode }, keep);
      },
      options,
    );
    return new CopyHandle(connection, shownPath, handle, options);
  }

  /** Has the server copy `length` bytes of another file to the same place here; 0 for all that is left. */
  async copyFrom(source: CopyHandle, position: number, length: number): Promise<void> {
    await this.#connection.call<void>("copy", this.#path, (sftp, done) => {
      sftp.ext_copy_data(source.#handle, position, length, this.#handle, position, done);
    }, this.#options);
  }

  /** Writes bytes. */
  async write(bytes: Buffer, position: number): Promise<void> {
    if (bytes.length === 0) return;
    await this.#connection.call<void>("write", this.#path, (sftp, done) => {
      sftp.write(this.#handle, bytes, 0, bytes.length, position, done);
    }, this.#options);
  }

  /** Gives what the file is now. */
  async stat(): Promise<RemoteFile> {
    const stats = await this.#connection.call<Stats>("look at", this.#path, (sftp, done) => {
      sftp.fstat(this.#handle, done);
    }, this.#options);
    return remoteFile(this.#path, stats);
  }

  /** Gives it another file's time and permissions. */
  async stampAs({ mtimeMs, mode }: RemoteFile): Promise<void> {
    const seconds = Math.floor(mtimeMs / 1000);
    const attributes = { atime: seconds, mtime: seconds, ...(mode !== 0 && { mode }) };
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

/** Where a server does not tell a file's permissions; its own mask still applies. */
const defaultMode = 0o666;
