/** Renaming a file over another one, so that at every moment one of the two is there. */

// @ts-types="@types/ssh2"
import type { SFTPWrapper } from "ssh2";
import { FileOperationError, getLogger, SFTPConnectionError } from "../../core/mod.ts";
import { type ChangedConnection, renameOnly, requireFree } from "./careful_changes.ts";
import { hiddenName, randomDigits } from "./hidden_name.ts";
import type { OperationOptions } from "./operation_options.ts";
import type { Done } from "./pending_operations.ts";
import { isMissing, isRefusal } from "./remote_error.ts";
import { remoteFolder, remotePath } from "./remote_file.ts";
import { quoteName } from "./remote_name.ts";

/** Not that of parts, which are removed when they are old. */
const suffix = ".opsdeck-old";

/** How long each step back may take: it must not hold up the news of a failure. */
const putBackMs = 5000;

/** Renames over what is there; see `SftpConnection.replace`. */
export async function renameOver(
  connection: ChangedConnection,
  from: string,
  to: string,
  options: OperationOptions,
): Promise<void> {
  if (connection.hasExtension("posix-rename@openssh.com")) {
    const rename = (sftp: SFTPWrapper, done: Done<void>) => sftp.ext_openssh_rename(from, to, done);
    return await connection.call<void>("rename", from, rename, options);
  }
  const rename = (sftp: SFTPWrapper, done: Done<void>) => sftp.rename(from, to, done);
  const [there, renamed] = await Promise.allSettled([
    connection.lstat(to, options),
    connection.call<void>("rename", from, rename, options),
  ]);
  if (renamed.status === "fulfilled") return; // nothing was there, or the server overwrites
  const { reason } = renamed;
  if (!isRefusal(reason) || isMissing(reason) || there.status === "rejected") throw reason;
  if (there.value.kind === "directory") throw folderInPlace(connection, to);
  options.signal?.throwIfAborted();
  const { signal: _, ...rest } = options; // nothing may stop it from here on
  await exchange(connection, from, to, rest);
}

/** Gives the path that a file has now which could not be replaced, if an error tells of one. */
export function oldFileOf(error: unknown): string | undefined {
  if (!(error instanceof FileOperationError) && !(error instanceof SFTPConnectionError)) {
    return undefined;
  }
  const { old_file: oldFile } = error.context;
  return typeof oldFile === "string" ? oldFile : undefined;
}

/** Moves the old file aside, the new one into its place, and removes the old one. */
async function exchange(
  connection: ChangedConnection,
  from: string,
  to: string,
  options: OperationOptions,
): Promise<void> {
  const name = to.slice(to.lastIndexOf("/") + 1);
  const aside = remotePath(remoteFolder(to), hiddenName(name, `.${randomDigits()}${suffix}`));
  const advice = `; if the old file is not in its place, it is ${quoteName(aside)}`;
  try {
    await renameOnly(connection, to, aside, options);
  } catch (error) {
    if (!isRefusal(error)) throw withOldFile(error, aside, advice);
    if (!isMissing(error)) throw error;
    // Somebody else has removed it: nothing is left to be replaced.
  }
  try {
    await renameOnly(connection, from, to, options);
  } catch (error) {
    if (await isPutBack(connection, aside, to)) throw error;
    throw withOldFile(error, aside, advice);
  }
  try {
    await connection.remove(aside, options);
  } catch (error) {
    if (isMissing(error)) return;
    throw withOldFile(error, aside, "; the new file is in its place, remove the old one yourself");
  }
}

/** Gives the old file its name back, unless something is there by now. */
async function isPutBack(
  connection: ChangedConnection,
  aside: string,
  to: string,
): Promise<boolean> {
  const options = { timeoutMs: putBackMs };
  try {
    await requireFree(connection, to, options);
    await renameOnly(connection, aside, to, options);
    return true;
  } catch (error) {
    return isMissing(error);
  }
}

/** The same error, which tells where the old file is; the log does too, as an error may be mended. */
function withOldFile(error: unknown, aside: string, advice: string): unknown {
  const ErrorKind = [SFTPConnectionError, FileOperationError]
    .find((kind) => error instanceof kind);
  if (ErrorKind === undefined || !(error instanceof ErrorKind)) return error;
  getLogger("sftp").warning("A file that was to be replaced may be {path} now", { path: aside });
  const { code, category, severity, retryable, exitCode } = error;
  return new ErrorKind(`${error.message}${advice}`, {
    code,
    category,
    severity,
    retryable,
    exitCode,
    context: { ...error.context, old_file: aside },
    cause: error,
  });
}

function folderInPlace({ server }: ChangedConnection, path: string): FileOperationError {
  return new FileOperationError(
    `Cannot replace ${quoteName(path)} on ${server} as it is a folder; choose another name`,
    { code: "NOT_A_FILE", context: { remote_path: path, server } },
  );
}
