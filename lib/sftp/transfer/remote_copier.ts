/** Copying files from one place of a server to another. */

import {
  type RemoteFile,
  remoteFolder,
  remotePath as joinRemote,
  requireFree,
  type SftpConnection,
} from "../connection/mod.ts";
import { remoteDigest } from "./content_digest.ts";
import { copyOnServer, type CopyTask, copyThroughClient, isUnsupported } from "./copy_content.ts";
import { uniquePartName } from "./part_name.ts";
import { RemoteHandle } from "./remote_handle.ts";
import { closeAndRename } from "./rename_part.ts";
import { settledValue } from "./settled_value.ts";
import { notAFile, sourceChanged, wrongContent } from "./transfer_error.ts";
import { TransferWork } from "./transfer_work.ts";

/** How a file is copied. */
export interface CopyOptions {
  /**
   * Replaces what is at the target. Defaults to false: a target that is there is refused
   * (`REMOTE_FILE_EXISTS`).
   */
  overwrite?: boolean;
  /** Reads source and copy, and compares their SHA-256. Otherwise sizes are compared. */
  verify?: boolean;
  /**
   * The temporary name, in the folder of the target; nothing may be there. Defaults to a random
   * one: `.<name>.<16 hexadecimal digits>.opsdeck-part`.
   */
  partPath?: string;
}

/** A file that was copied. */
export interface CopiedFile {
  /** Its size. */
  bytes: number;
  /** `server`: by the server itself (`copy-data`); `client`: read and written back. */
  method: "server" | "client";
  /** Its SHA-256 in hexadecimal digits, with `verify`. */
  sha256?: string;
}

/** The protocol's `copy-data` (draft-ietf-secsh-filexfer-extensions-00 §7). */
const copyData = "copy-data";

/** A copy of a bigger file would hold up everything else on its channel. */
const maxSharedBytes = 8 * 1024 * 1024;

/**
 * Copies files on a server: by the server itself where it has `copy-data`, else through this
 * machine's memory. A copy is made under a temporary name, its size checked, given the source's
 * time and permissions, and renamed: under the target's name there is never anything but the whole
 * file. All copies share 24 MiB of memory, so any number may be under way at once.
 */
export class RemoteCopier {
  readonly #work: TransferWork;

  /** Prepares it; `signal` ends everything that is under way. */
  constructor(signal: AbortSignal = new AbortController().signal) {
    this.#work = new TransferWork({}, signal);
  }

  /**
   * Temporary names that could not be removed, as the connection was gone, and those of files that
   * were being replaced then.
   */
  get leftovers(): ReadonlySet<string> {
    return this.#work.leftovers.paths;
  }

  /**
   * Copies a file that was just listed or looked at. When the connection is lost while the copy is
   * renamed, it may be there all the same. A target that comes in the moment before the renaming is
   * overwritten by servers that do so (see `SftpConnection.rename`).
   *
   * @throws FileOperationError `REMOTE_FILE_EXISTS`, `NO_SUCH_FILE`, `PERMISSION_DENIED`,
   * `SOURCE_CHANGED`, `CONTENT_MISMATCH`, `NOT_A_FILE`, `SFTP_FAILURE` (no room) …
   * @throws SFTPConnectionError when the connection is lost
   */
  async copy(
    connection: SftpConnection,
    source: RemoteFile,
    targetPath: string,
    options: CopyOptions = {},
  ): Promise<CopiedFile> {
    if (source.kind !== "file") throw notAFile(source.path);
    const partPath = options.partPath ?? defaultPart(targetPath);
    try {
      return await this.#copyTo(connection, { source, partPath, targetPath }, options);
    } catch (error) {
      this.#work.leftovers.noteOldFile(targetPath, error);
      await this.discard(connection, partPath);
      throw error;
    }
  }

  /** Reads a file and gives its SHA-256 in hexadecimal digits. */
  async digest(connection: SftpConnection, path: string): Promise<string> {
    return await remoteDigest(connection, path, this.#work);
  }

  /** Removes a temporary file, now or with {@link removeLeftovers}. */
  async discard(connection: SftpConnection, partPath: string): Promise<void> {
    await this.#work.leftovers.remove(connection, partPath);
  }

  /**
   * Removes what could not be removed before, and gives a file that was being replaced its name back
   * where it is free; what still cannot be done stays in {@link leftovers}.
   */
  async removeLeftovers(connection: SftpConnection): Promise<void> {
    await this.#work.leftovers.removeAll(connection);
  }

  async #copyTo(
    connection: SftpConnection,
    paths: { source: RemoteFile; partPath: string; targetPath: string },
    options: CopyOptions,
  ): Promise<CopiedFile> {
    const { source, partPath, targetPath } = paths;
    const { overwrite = false, verify = false } = options;
    const { signal } = this.#work;
    const isOnServer = connection.hasExtension(copyData);
    const [channel] = isOnServer && source.size > maxSharedBytes
      ? await connection.channels(1)
      : [];
    const [read, made] = await Promise.allSettled([
      RemoteHandle.open(connection, source.path, "r", { signal, channel }),
      RemoteHandle.open(connection, partPath, "wx", {
        signal,
        channel,
        mode: source.mode,
        shownPath: targetPath,
      }),
    ]);
    try {
      const from = settledValue(read);
      const target = settledValue(made);
      const task = { connection, source, from, partPath, target, work: this.#work };
      const lookAtTarget = async () => {
        if (!overwrite) await requireFree(connection, targetPath, { signal });
      };
      const isLong = source.size > maxSharedBytes || verify;
      // Settled both: a handle that is closed may not be in use any more.
      const [filled, free] = await Promise.allSettled([
        this.#fill(task, { isOnServer, verify }),
        isLong ? undefined : lookAtTarget(),
      ]);
      const { method, sha256 } = settledValue(filled);
      settledValue(free);
      if (verify) await this.#compare(connection, paths, sha256);
      if (isLong) await lookAtTarget();
      const part = { partPath, targetPath, overwrite, stamp: source, signal };
      await closeAndRename(connection, target, part);
      return { bytes: source.size, method, ...(sha256 !== undefined && { sha256 }) };
    } catch (error) {
      if (made.status === "fulfilled") made.value.closeLater();
      throw error;
    } finally {
      if (read.status === "fulfilled") read.value.closeLater();
    }
  }

  /** Gets the content into the target, and makes sure that it is all there. */
  async #fill(
    task: CopyTask,
    { isOnServer, verify }: { isOnServer: boolean; verify: boolean },
  ): Promise<Pick<CopiedFile, "method" | "sha256">> {
    const { connection, source, from, target } = task;
    if (isOnServer) {
      const [copied, before, after] = await Promise.allSettled([
        copyOnServer(from, target, source),
        // The server answers in order: these are looks at both after a short copy.
        source.size > maxSharedBytes ? undefined : from.stat(),
        source.size > maxSharedBytes ? undefined : target.stat(),
      ]);
      if (copied.status === "fulfilled") {
        check(
          source,
          settledValue(before) ?? await from.stat(),
          settledValue(after) ?? await target.stat(),
        );
        const sha256 = verify ? await this.digest(connection, source.path) : undefined;
        return { method: "server", ...(sha256 !== undefined && { sha256 }) };
      }
      if (!isUnsupported(copied.reason)) throw copied.reason;
    }
    const { sha256, ...looks } = await copyThroughClient(task, verify);
    check(source, looks.source, looks.copy);
    return { method: "client", ...(sha256 !== undefined && { sha256 }) };
  }

  async #compare(
    connection: SftpConnection,
    { partPath, targetPath }: { partPath: string; targetPath: string },
    sha256: string | undefined,
  ): Promise<void> {
    if (await this.digest(connection, partPath) === sha256) return;
    throw wrongContent(targetPath, "the SHA-256 differs from the source's");
  }
}

function check(source: RemoteFile, now: RemoteFile, copy: RemoteFile): void {
  if (now.size !== source.size || now.mtimeMs !== source.mtimeMs) throw sourceChanged(source.path);
  if (copy.size === source.size) return;
  throw wrongContent(copy.path, `${source.size} bytes were copied and ${copy.size} are there`);
}

function defaultPart(targetPath: string): string {
  const name = targetPath.slice(targetPath.lastIndexOf("/") + 1);
  return joinRemote(remoteFolder(targetPath), uniquePartName(name));
}
