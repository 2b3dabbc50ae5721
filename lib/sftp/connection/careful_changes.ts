/** Changes that must know what is at their target: servers refuse without saying why. */

// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import { FileOperationError } from "../../core/mod.ts";
import type { Done } from "./pending_operations.ts";
import { isMissing, isTaken, remoteTaken } from "./remote_error.ts";
import { type RemoteFile, remoteFolder } from "./remote_file.ts";
import type { MkdirOptions, OperationOptions } from "./operation_options.ts";

/** What a change needs of the connection that it is made on. */
interface Connection {
  readonly server: string;
  call<T>(
    action: string,
    path: string,
    start: (sftp: SFTPWrapper, done: Done<T>) => void,
    options: OperationOptions,
  ): Promise<T>;
  hasExtension(name: string): boolean;
  lstat(path: string, options: OperationOptions): Promise<RemoteFile>;
  remove(path: string, options: OperationOptions): Promise<void>;
}

/** Renames without overwriting; see `SftpConnection.rename`. */
export async function renameOnly(
  connection: Connection,
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

/** Renames over what is there; see `SftpConnection.replace`. */
export async function renameOver(
  connection: Connection,
  from: string,
  to: string,
  options: OperationOptions,
): Promise<void> {
  if (connection.hasExtension("posix-rename@openssh.com")) {
    const rename = (sftp: SFTPWrapper, done: Done<void>) => sftp.ext_openssh_rename(from, to, done);
    return await connection.call<void>("rename", from, rename, options);
  }
  try {
    await connection.remove(to, options);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await renameOnly(connection, from, to, options);
}

/** Makes a folder; see `SftpConnection.mkdir`. */
export async function makeFolder(
  connection: Connection,
  path: string,
  { recursive = false, ...options }: MkdirOptions,
): Promise<void> {
  const make = () =>
    connection.call<void>("create", path, (sftp, done) => sftp.mkdir(path, done), options);
  const isThere = async (error: unknown) =>
    (await existsAfter(connection, error, path, options))?.kind === "directory";
  try {
    return await make();
  } catch (error) {
    if (!recursive) throw await takenOr(connection, error, { action: "create", path, options });
    // Also another one's, made in the meantime: of two at once, one is refused.
    if (await isThere(error)) return;
    const parent = remoteFolder(path);
    if (!isMissing(error) || parent === path || parent === ".") throw error;
    await makeFolder(connection, parent, { ...options, recursive });
  }
  try {
    await make();
  } catch (error) {
    if (!await isThere(error)) throw error;
  }
}

/** Gives the error of a taken name when the refused target is there, else the error itself. */
async function takenOr(
  connection: Connection,
  error: unknown,
  { action, path, options }: { action: string; path: string; options: OperationOptions },
): Promise<unknown> {
  if (await existsAfter(connection, error, path, options) === undefined) return error;
  return remoteTaken({ action, path, server: connection.server }, error);
}

/** Looks whether a refusal is explained by what is there. */
async function existsAfter(
  connection: Connection,
  error: unknown,
  path: string,
  options: OperationOptions,
): Promise<RemoteFile | undefined> {
  const isRefusal = error instanceof FileOperationError && error.code !== "OPERATION_TIMEOUT";
  if (!isRefusal) return undefined;
  try {
    return await connection.lstat(path, options);
  } catch {
    return undefined; // the first error says more
  }
}
