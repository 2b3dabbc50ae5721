/** Errors of one operation on one remote file. */

import {
  errorReason,
  FileOperationError,
  numberField,
  OpsdeckError,
  SFTPConnectionError,
  sftpStatus,
  toSftpError,
} from "../../core/mod.ts";
import { quoteName } from "./remote_name.ts";

/** What was done to what, where. */
export interface RemoteAction {
  /** A verb: `read`, `rename`. */
  action: string;
  /** The file or folder it was done to. */
  path: string;
  /** The server, as `user@host:port`. */
  server: string;
}

/** The code of a `FileOperationError` for a name that is taken already. */
export const remoteFileExists = "REMOTE_FILE_EXISTS";

/**
 * Turns what an operation failed with into one of our errors that names action, path and server.
 * Class, code and category are those of {@link toSftpError}.
 */
export function toRemoteError(error: unknown, what: RemoteAction): Error {
  if (error instanceof OpsdeckError) return error;
  const plain = toSftpError(error);
  if (!(plain instanceof FileOperationError) && !(plain instanceof SFTPConnectionError)) {
    return plain;
  }
  const status = numberField(error, "code");
  const words = (status === undefined ? undefined : sftpStatus(status)?.words) ??
    errorReason(error);
  const said = status === undefined ? "" : serverWords(error, words);
  const context = { ...plain.context, remote_path: what.path, server: what.server };
  const subject = `Cannot ${what.action} ${quoteName(what.path)} on ${what.server}`;
  const options = {
    code: plain.code,
    category: plain.category,
    severity: plain.severity,
    retryable: plain.retryable,
    exitCode: plain.exitCode,
    context,
    cause: error,
  };
  return plain instanceof FileOperationError
    ? new FileOperationError(`${subject} as ${words}${said}${advice(plain.code, what)}`, options)
    : new SFTPConnectionError(
      `${subject} as the connection failed: ${errorReason(error)}; run this again`,
      options,
    );
}

/** Tells whether an operation failed because there is nothing under the name. */
export function isMissing(error: unknown): boolean {
  return error instanceof FileOperationError && error.code === "NO_SUCH_FILE";
}

/** Tells whether the server has answered, and refused: that it has changed nothing is certain. */
export function isRefusal(error: unknown): boolean {
  return error instanceof FileOperationError && error.code !== "OPERATION_TIMEOUT";
}

/** Tells whether an error says that a remote name is taken: see `SftpConnection.rename`. */
export function isTaken(error: unknown): boolean {
  return error instanceof FileOperationError &&
    (error.code === remoteFileExists || error.code === "FILE_EXISTS");
}

/** Makes the error for a name that is taken. */
export function remoteTaken(what: RemoteAction, cause?: unknown): FileOperationError {
  return new FileOperationError(
    `Cannot ${what.action} ${quoteName(what.path)} on ${what.server} as the file exists; ` +
      "choose another name or say that it may be replaced",
    { code: remoteFileExists, context: { remote_path: what.path, server: what.server }, cause },
  );
}

/** What the server says beyond the bare status, such as a quota. */
function serverWords(error: unknown, words: string): string {
  const reason = errorReason(error);
  const bare = /^(failure|no such file|permission denied|operation unsupported|bad message|eof)/i;
  return bare.test(reason) || reason === words ? "" : ` (it says: ${quoteName(reason)})`;
}

const writing = new Set(["write", "create", "copy"]);

function advice(code: string, { action }: RemoteAction): string {
  switch (code) {
    case "NO_SUCH_FILE":
      return "; check the path";
    case "PERMISSION_DENIED":
      return "; ask the server's operator for the right, or use another account";
    case "NO_SPACE":
    case "QUOTA_EXCEEDED":
      return "; have space made on the server, then run this again";
    case "SFTP_FAILURE":
      // SFTP version 3 has no word for it: OpenSSH answers a full disk and a quota with this.
      return writing.has(action) ? "; check the free space and the quota on the server" : "";
    default:
      return "";
  }
}
