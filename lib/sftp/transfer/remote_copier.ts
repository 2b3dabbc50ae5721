/** Copying files from one place of a server to another. */

import { FileOperationError } from "../../core/mod.ts";
import {
  isMissing,
  isTaken,
  type RemoteFile,
  remoteFolder,
  remotePath as joinRemote,
  type SftpConnection,
} from "../connection/mod.ts";
import { remoteDigest } from "./content_digest.ts";
import { copyOnServer, type CopyTask, copyThroughClient, isUnsupported } from "./copy_content.ts";
import { CopyHandle } from "./copy_handle.ts";
import { uniquePartName } from "./part_name.ts";
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

/** How long the removal of a temporary file may take: it must not hold up the news of a failure. */
const removalMs = 5000;

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

  /** Temporary names that could not be removed, as the connection was gone. */
  get leftovers(): ReadonlySet<string> {
    return this.#work.leftovers;
  }

  /**
   * Copies a file that was just listed or looked at. When the connection is lost while the copy is
   * renamed, it may be there all the same.
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
    try {
      await connection.remove(partPath, { timeoutMs: removalMs });
    } catch (error) {
      if (!isMissing(error)) this.#work.leftovers.add(partPath);
    }
  }

  /** Removes what could not be removed before; what still cannot stays in {@link leftovers}. */
  async removeLeftovers(connection: SftpConnection): Promise<void> {
    for (const path of [...this.leftovers]) {
      this.#work.leftovers.delete(path);
      await this.discard(connection, path);
    }
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
      CopyHandle.open(connection, source.path, "read", { signal, channel }),
      CopyHandle.open(connection, partPath, { mode: source.mode }, {
        signal,
        channel,
        shownPath: targetPath,
      }),
    ]);
    try {
      const from = valueOf(read);
      const target = valueOf(made);
      const task = { connection, source, partPath, target, work: this.#work };
      const { method, sha256 } = await this.#fill(task, from, { isOnServer, verify });
      if (verify) await this.#compare(connection, paths, sha256);
      await closeAndRename(connection, target, { source, partPath, targetPath, overwrite, signal });
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
    from: CopyHandle,
    { isOnServer, verify }: { isOnServer: boolean; verify: boolean },
  ): Promise<Pick<CopiedFile, "method" | "sha256">> {
    const { connection, source, target } = task;
    if (isOnServer) {
      const [copied, before, after] = await Promise.allSettled([
        copyOnServer(from, target, source),
        // The server answers in order: these are looks at both after a short copy.
        source.size > maxSharedBytes ? undefined : from.stat(),
        source.size > maxSharedBytes ? undefined : target.stat(),
      ]);
      if (copied.status === "fulfilled") {
        check(source, valueOf(before) ?? await from.stat(), valueOf(after) ?? await target.stat());
        const sha256 = verify ? await this.digest(connection, source.path) : undefined;
        return { method: "server", ...(sha256 !== undefined && { sha256 }) };
      }
      if (!isUnsupported(copied.reason)) throw copied.reason;
    }
    const sha256 = await copyThroughClient(task, verify);
    check(source, ...await Promise.all([from.stat(), target.stat()]));
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

/** Stamps, closes and renames in one go; the server takes them in their order. */
async function closeAndRename(
  connection: SftpConnection,
  target: CopyHandle,
  how: {
    source: RemoteFile;
    partPath: string;
    targetPath: string;
    overwrite: boolean;
    signal: AbortSignal;
  },
): Promise<void> {
  const { source, partPath, targetPath, overwrite, signal } = how;
  const stamped = target.stampAs(source).catch(keepConnectionErrors);
  if (overwrite) {
    await stamped;
    await target.close(); // what is there goes only for a file that was taken to its end
    return await connection.replace(partPath, targetPath, { signal });
  }
  const [stamp, closed, renamed] = await Promise.allSettled([
    stamped,
    target.close(),
    connection.rename(partPath, targetPath, { signal }),
  ]);
  if (stamp.status === "rejected") throw stamp.reason;
  if (closed.status === "rejected") {
    if (renamed.status === "fulfilled") await connection.remove(targetPath, { signal });
    throw closed.reason;
  }
  if (renamed.status === "fulfilled") return;
  const { reason } = renamed;
  if (!(reason instanceof FileOperationError) || isTaken(reason) || isMissing(reason)) throw reason;
  // Some servers rename no file that is open, and it was when they were asked.
  await connection.rename(partPath, targetPath, { signal });
}

/** A server that keeps no times is no reason to keep no file. */
function keepConnectionErrors(error: unknown): void {
  if (!(error instanceof FileOperationError)) throw error;
}

function defaultPart(targetPath: string): string {
  const name = targetPath.slice(targetPath.lastIndexOf("/") + 1);
  return joinRemote(remoteFolder(targetPath), uniquePartName(name));
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}
