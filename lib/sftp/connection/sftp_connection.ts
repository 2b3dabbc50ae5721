/** An open connection to an SFTP server and the small operations on it. */

// @ts-types="@types/ssh2"
import type { SFTPWrapper, Stats } from "ssh2";
import { errorReason, getLogger, type OpsdeckError } from "../../core/mod.ts";
import { makeFolder, renameOnly } from "./careful_changes.ts";
import { listFolder } from "./list_folder.ts";
import type { CallOptions, LiveClient } from "./live_client.ts";
import type { MkdirOptions, OperationOptions } from "./operation_options.ts";
import type { Done } from "./pending_operations.ts";
import { isMissing } from "./remote_error.ts";
import { type RemoteFile, remoteFile } from "./remote_file.ts";
import { renameOver } from "./replace_file.ts";

/** Opens a connection like the one at hand. */
type OpenAnother = (options: { signal: AbortSignal }) => Promise<SftpConnection>;

/**
 * An open connection. Every operation ends by its answer, its deadline, its signal or the
 * connection's death, whichever comes first; operations at the same time are pipelined.
 *
 * All of them throw `SFTPConnectionError` when the connection is lost, and `FileOperationError` for
 * what the server refuses: `NO_SUCH_FILE`, `PERMISSION_DENIED`, `REMOTE_FILE_EXISTS`,
 * `OPERATION_TIMEOUT` …
 */
export class SftpConnection implements AsyncDisposable {
  readonly #live: LiveClient;
  readonly #openAnother: OpenAnother | undefined;
  #second: Promise<SftpConnection | undefined> | undefined;

  /** Made by `openConnection`; with `openAnother`, it can give a second connection. */
  constructor(live: LiveClient, openAnother?: OpenAnother) {
    this.#live = live;
    this.#openAnother = openAnother;
  }

  /** Whether operations can still succeed: false from the moment the connection is dead. */
  isActive(): boolean {
    return this.#live.isActive;
  }

  /** How long no operation has been under way, in milliseconds; 0 while one is. */
  get idleMs(): number {
    return this.#live.idleMs;
  }

  /** Settles when it is gone: with the reason, or with undefined after {@link close}. */
  get closed(): Promise<OpsdeckError | undefined> {
    return this.#live.closed;
  }

  /** The round trip that was measured when it was opened, in milliseconds. */
  get roundTripMs(): number {
    return this.#live.roundTripMs;
  }

  /** How the server names its software: `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  get serverIdent(): string {
    return this.#live.serverIdent;
  }

  /** The server for people, as `user@host:port`. */
  get server(): string {
    return this.#live.server;
  }

  /**
   * Lists a folder, without `.` and `..`. Links are not followed (kind `symlink`), and names are
   * the server's own: see `remoteNameProblem` before one becomes a local name.
   */
  async list(path: string, options: OperationOptions = {}): Promise<RemoteFile[]> {
    return await listFolder(this.#live, path, options);
  }

  /** Gives what a path leads to, links followed. */
  async stat(path: string, options: OperationOptions = {}): Promise<RemoteFile> {
    const stats = await this.#live.call<Stats>(
      "look at",
      path,
      (sftp, done) => sftp.stat(path, done),
      options,
    );
    return remoteFile(path, stats);
  }

  /**
   * Gives what is at a path, a link as itself. Not on ProFTPD (1.3.8), which follows the link here
   * too: what {@link list} says of a link is right everywhere.
   */
  async lstat(path: string, options: OperationOptions = {}): Promise<RemoteFile> {
    const stats = await this.#live.call<Stats>(
      "look at",
      path,
      (sftp, done) => sftp.lstat(path, done),
      options,
    );
    return remoteFile(path, stats);
  }

  /** Gives what a path leads to as {@link stat} does, undefined when there is nothing. */
  async exists(path: string, options: OperationOptions = {}): Promise<RemoteFile | undefined> {
    try {
      return await this.stat(path, options);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /**
   * Renames a file or folder. A name that is taken is a `FileOperationError` with the code
   * `REMOTE_FILE_EXISTS` on servers that keep to the protocol; they say it in different ways (OpenSSH:
   * 4 "Failure", ProFTPD: 11), so that the target is looked at then. Some overwrite (rclone 1.60; ProFTPD
   * what comes at the very moment, as it looks and then renames): a look before helps, but what comes
   * between the two is lost, which version 3 cannot prevent.
   */
  async rename(from: string, to: string, options: OperationOptions = {}): Promise<void> {
    await renameOnly(this, from, to, options);
  }

  /**
   * Renames a file over another one: at once where the server has `posix-rename@openssh.com` or
   * overwrites anyway. Elsewhere the old file is `.<name>.<16 hexadecimal digits>.opsdeck-old` until
   * the new one has its name, and gets its own back when that fails. Where it cannot, error and log
   * name it, and nothing removes it. The signal ends it only before anything was renamed.
   */
  async replace(from: string, to: string, options: OperationOptions = {}): Promise<void> {
    await renameOver(this, from, to, options);
  }

  /** Removes a file or a link. */
  async remove(path: string, options: OperationOptions = {}): Promise<void> {
    await this.#do("remove", path, (sftp, done) => sftp.unlink(path, done), options);
  }

  /** Removes an empty folder. */
  async rmdir(path: string, options: OperationOptions = {}): Promise<void> {
    await this.#do("remove the folder", path, (sftp, done) => sftp.rmdir(path, done), options);
  }

  /** Makes a folder. One that is there is `REMOTE_FILE_EXISTS`, unless `recursive`. */
  async mkdir(path: string, options: MkdirOptions = {}): Promise<void> {
    await makeFolder(this, path, options);
  }

  /** Gives the absolute path, links resolved. `.` gives the folder that the login starts in. */
  async realPath(path: string, options: OperationOptions = {}): Promise<string> {
    return await this.#live.call<string>(
      "resolve",
      path,
      (sftp, done) => sftp.realpath(path, done),
      options,
    );
  }

  /** Sets when a file was changed (and read) last; SFTP keeps whole seconds. */
  async setTimes(path: string, mtimeMs: number, options: OperationOptions = {}): Promise<void> {
    const seconds = Math.floor(mtimeMs / 1000);
    const set = (sftp: SFTPWrapper, done: Done<void>) => sftp.utimes(path, seconds, seconds, done);
    await this.#do("set the time of", path, set, options);
  }

  /** Tells whether the server offered an extension of the protocol, such as `copy-data`. */
  hasExtension(name: string): boolean {
    return this.#live.hasExtension(name);
  }

  /** The largest part of a file that the server reads or writes at once, at most 128 KiB. */
  get chunkBytes(): number {
    return this.#live.chunkBytes;
  }

  /**
   * Runs one call of `npm:ssh2` under the deadline, the signal and the connection's death. What it
   * throws, at once or through `done`, becomes one of our errors that names action and path.
   *
   * @param action a verb for the message: `read`
   * @param path what it is done to
   * @param start begins the call with the library's channel; `done` is the library's callback
   * @internal
   */
  async call<T>(
    action: string,
    path: string,
    start: (sftp: SFTPWrapper, done: Done<T>) => void,
    options: CallOptions = {},
  ): Promise<T> {
    return await this.#live.call(action, path, start, options);
  }

  /**
   * Gives up to `count` channels beside the first one, opened now or before: a channel has a window
   * of 2 MiB, which a long line needs several of. Fewer when the server allows no more.
   *
   * @internal
   */
  async channels(count: number): Promise<SFTPWrapper[]> {
    return await this.#live.channels(count);
  }

  /**
   * Gives a second connection to the same server, opened now or before, which ends with this one. A
   * server keeps at most 4 MB on their way on one TCP connection (Linux, `tcp_wmem`): on a long line
   * two carry twice as much. Undefined when the target or the server wants no second one; the server
   * is asked only once.
   *
   * @internal
   */
  async second(): Promise<SftpConnection | undefined> {
    const second = await (this.#second ??= this.#openSecond());
    return second?.isActive() ? second : undefined;
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#live.close();
    await (await this.#second)?.close();
  }

  /** Ends the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #openSecond(): Promise<SftpConnection | undefined> {
    if (this.#openAnother === undefined) return undefined;
    const ended = new AbortController();
    void this.closed.then(() => ended.abort());
    try {
      const second = await this.#openAnother({ signal: ended.signal });
      void this.closed.then(() => second.close());
      return second;
    } catch (error) {
      getLogger("sftp").debug("{server} takes no second connection: {reason}", {
        server: this.server,
        reason: errorReason(error),
      });
      return undefined;
    }
  }

  async #do(
    action: string,
    path: string,
    start: (sftp: SFTPWrapper, done: Done<void>) => void,
    options: OperationOptions,
  ): Promise<void> {
    await this.#live.call<void>(action, path, start, options);
  }
}
