/** Changes that must know what is at their target: servers refuse without saying why. */

// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import type { Done } from "./pending_operations.ts";
import { isMissing, isRefusal, isTaken, remoteTaken } from "./remote_error.ts";
import { type RemoteFile, remoteFolder } from "./remote_file.ts";
import type { MkdirOptions, OperationOptions } from "./operation_options.ts";

/** What tells what is at a path of a server, such as an `SftpConnection`. */
export interface PathLook {
  /** The server, as messages name it. */
  readonly server: string;
  /** Gives what is there, a link as itself. */
  lstat(path: string, options: OperationOptions): Promise<RemoteFile>;
}

/** What a change needs of the connection that it is made on. */
export interface ChangedConnection extends PathLook {
  call<T>(
    action: string,
    path: string,
    start: (sftp: SFTPWrapper, done: Done<T>) => void,
    options: OperationOptions,
  ): Promise<T>;
  hasExtension(name: string): boolean;
  stat(path: string, options: OperationOptions): Promise<RemoteFile>;
  remove(path: string, options: OperationOptions): Promise<void>;
}

/**
 * Refuses a path where something is, be it a link that leads nowhere: for servers whose own renaming
 * overwrites (see `SftpConnection.rename`).
 *
 * @throws FileOperationError `REMOTE_FILE_EXISTS`
 */
export async function requireFree(
  connection: PathLook,
  path: string,
  options: OperationOptions,
): Promise<void> {
  try {
    await connection.lstat(path, options);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw remoteTaken({ action: "write", path, server: connection.server });
}

/** Renames without overwriting; see `SftpConnection.rename`. */
export async function renameOnly(
  connection: ChangedConnection,
  from: string,
  to: string,
  options: OperationOptions,
): Promise<void> {
  try {
    await connection.call<void>(
      "rename",
      from,
      (sftp, done) => sftp.rename(from, to, done),
      options,
    );
  } catch (error) {
    if (isMissing(error)) throw error; // somebody else has renamed it
    const reason = await takenOr(connection, error, { action: "rename to", path: to, options });
    // The target may be what somebody else has renamed at the same moment.
    if (isTaken(reason)) await connection.lstat(from, options);
    throw reason;
  }
}

/** Makes a folder; see `SftpConnection.mkdir`. */
export async function makeFolder(
  connection: ChangedConnection,
  path: string,
  { recursive = false, ...options }: MkdirOptions,
): Promise<void> {
  const make = () =>
    connection.call<void>("create", path, (sftp, done) => sftp.mkdir(path, done), options);
  // A link to a folder is one as well: whoever made it wants files to go through it.
  const isThere = async (error: unknown) =>
    (await lookAfter(error, () => connection.stat(path, options)))?.kind === "directory";
  const taken = (error: unknown) => takenOr(connection, error, { action: "create", path, options });
  try {
    return await make();
  } catch (error) {
    if (!recursive) throw await taken(error);
    // Also another one's, made in the meantime: of two at once, one is refused.
    if (await isThere(error)) return;
    const parent = remoteFolder(path);
    if (!isMissing(error) || parent === path || parent === ".") throw await taken(error);
    await makeFolder(connection, parent, { ...options, recursive });
  }
  try {
    await make();
  } catch (error) {
    if (!await isThere(error)) throw await taken(error);
  }
}

/** Gives the error of a taken name when the refused target is there, else the error itself. */
async function takenOr(
  connection: ChangedConnection,
  error: unknown,
  { action, path, options }: { action: string; path: string; options: OperationOptions },
): Promise<unknown> {
  if (await lookAfter(error, () => connection.lstat(path, options)) === undefined) return error;
  return remoteTaken({ action, path, server: connection.server }, error);
}

/** Looks whether a refusal is explained by what is there. */
async function lookAfter(
  error: unknown,
  look: () => Promise<RemoteFile>,
): Promise<RemoteFile | undefined> {
  if (!isRefusal(error)) return undefined;
  try {
    return await look();
  } catch {
    return undefined; // the first error says more
  }
}
