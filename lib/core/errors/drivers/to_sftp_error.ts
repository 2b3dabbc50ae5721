/** Errors of SSH and SFTP, turned into ours. */

import { errnoMeaning, errorCodeOf, isNetworkErrno } from "../errno_codes.ts";
import { ConfigurationError, FileOperationError, SFTPConnectionError } from "../error_classes.ts";
import { errorChain, errorReason, numberField, textField } from "../error_fields.ts";
import { ErrorCategory, OpsdeckError } from "../opsdeck_error.ts";
import { permissionMissing } from "../permission_missing.ts";
import {
  isConnectionStatus,
  sftpClientStatus,
  type SftpStatus,
  sftpStatus,
  type SshTrouble,
  sshTrouble,
} from "./ssh_error_codes.ts";

/**
 * Turns what ssh2 or ssh2-sftp-client threw into one of our errors, with the library's as its
 * `cause`:
 *
 * - unreachable, lost or silent server: `SFTPConnectionError`; without a common algorithm the same,
 *   not retryable, code `SSH_INCOMPATIBLE`
 * - login refused (`LOGIN_REFUSED`), wrong host key (`HOST_KEY`), missing Deno permission
 *   (`PERMISSION_MISSING`): `ConfigurationError`
 * - a status of the SFTP protocol: `FileOperationError` with its code (`NO_SUCH_FILE`,
 *   `PERMISSION_DENIED`, `FILE_EXISTS`, `SFTP_FAILURE` …), `sftp_status` in its context
 * - the local file system: `FileOperationError` with the operating system's code
 * - any other: `OpsdeckError`, code `SFTP_FAILED`
 *
 * An `OpsdeckError` and an abort pass unchanged, and so does a `TypeError` and its like that is
 * not known, which is a mistake in the program.
 */
export function toSftpError(error: unknown): Error {
  if (error instanceof OpsdeckError) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  const refused = permissionMissing(error);
  if (refused !== undefined) return refused;

  for (const link of errorChain(error).toReversed()) {
    const ours = convertLink(link, error);
    if (ours !== undefined) return ours;
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) {
    return error;
  }
  return new OpsdeckError(`Cannot finish the SFTP operation as it failed: ${errorReason(error)}`, {
    code: "SFTP_FAILED",
    category: ErrorCategory.NETWORK,
    cause: error,
  });
}

function convertLink(link: unknown, cause: unknown): OpsdeckError | undefined {
  // A DOMException has a number too, from a table of its own.
  const number = link instanceof DOMException ? undefined : numberField(link, "code");
  if (number !== undefined) {
    if (isConnectionStatus(number)) return sessionError("connection", link, cause);
    const status = sftpStatus(number);
    if (status !== undefined) return statusError(status, link, cause, number);
  }

  const code = errorCodeOf(link);
  const trouble = isNetworkErrno(code) || isTimeout(link) ? "connection" : sshTrouble({
    code,
    level: textField(link, "level"),
    message: errorReason(link),
  });
  if (trouble !== undefined) return sessionError(trouble, link, cause);

  if (code === undefined) return undefined;
  // The library uses ENOENT and EACCES for the server's files too, then without a system call.
  const isLocal = textField(link, "syscall") !== undefined ||
    link instanceof Deno.errors.NotFound ||
    link instanceof Deno.errors.PermissionDenied;
  const status = isLocal ? undefined : sftpClientStatus(code);
  if (status !== undefined) return statusError(status, link, cause);
  const meaning = errnoMeaning(code);
  if (meaning === undefined) return undefined;
  return new FileOperationError(
    `Cannot finish the file operation as it failed: ${errorReason(link)}; ${meaning.advice}`,
    { code, category: meaning.category, severity: meaning.severity, cause },
  );
}

function isTimeout(link: unknown): boolean {
  return link instanceof Error && link.name === "TimeoutError";
}

function sessionError(trouble: SshTrouble, link: unknown, cause: unknown): OpsdeckError {
  const reason = errorReason(link);
  switch (trouble) {
    case "connection":
      return new SFTPConnectionError(
        `Cannot reach the SFTP server as the connection failed: ${reason}; ` +
          "check that the server is up, then run this again",
        { cause, context: addressOf(link) },
      );
    case "incompatible":
      return new SFTPConnectionError(
        `Cannot talk to the SFTP server as the handshake failed: ${reason}; ` +
          "check which algorithms the server offers",
        { code: "SSH_INCOMPATIBLE", retryable: false, cause, context: addressOf(link) },
      );
    case "login":
      return new ConfigurationError(
        `Cannot log in to the SFTP server as it refused the login: ${reason}; ` +
          "check SFTP_USER and SFTP_PASS or SFTP_PRIVATE_KEY",
        { code: "LOGIN_REFUSED", category: ErrorCategory.PERMISSION, cause },
      );
    case "host-key":
      return new ConfigurationError(
        `Cannot trust the SFTP server as its host key is not the expected one: ${reason}; ` +
          "check with its operator, then correct SFTP_HOST_KEY or SFTP_KNOWN_HOSTS",
        { code: "HOST_KEY", category: ErrorCategory.PERMISSION, cause },
      );
  }
}

function statusError(
  status: SftpStatus,
  link: unknown,
  cause: unknown,
  number?: number,
): FileOperationError {
  return new FileOperationError(
    `Cannot finish the file operation on the SFTP server as ${status.words}: ${errorReason(link)}`,
    {
      code: status.code,
      category: status.category,
      retryable: status.retryable,
      ...(number === undefined ? {} : { context: { sftp_status: number } }),
      cause,
    },
  );
}

function addressOf(link: unknown): Record<string, unknown> {
  const host = textField(link, "address") ?? textField(link, "hostname");
  const port = numberField(link, "port");
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}
