/**
 * What the operating system's error codes mean to us.
 *
 * Sources: errno(3) and getaddrinfo(3) of the Linux manual pages; Deno and Node give these as
 * `code` of file and socket errors.
 */

import { textField } from "./error_fields.ts";
import { ErrorCategory, ErrorSeverity } from "./opsdeck_error.ts";

/** How one error code is classified. */
export interface ErrnoMeaning {
  /** What kind of trouble it is. */
  category: ErrorCategory;
  /** `CRITICAL` when nothing on this machine can go on before a person acts. */
  severity: ErrorSeverity;
  /** What the person at the keyboard can do about it. */
  advice: string;
}

const network = (advice: string) => meaning(ErrorCategory.NETWORK, advice);
const file = (advice: string) => meaning(ErrorCategory.FILE_IO, advice);
const permission = (advice: string) => meaning(ErrorCategory.PERMISSION, advice);

const unreachable = network("check the network, the host and the port");
const dropped = network("check the network and try again");

const meanings = new Map<string, ErrnoMeaning>([
  ["ECONNREFUSED", network("check that the server is running and that host and port are right")],
  ["ECONNRESET", dropped],
  ["ECONNABORTED", dropped],
  ["ENOTCONN", dropped],
  ["EPIPE", dropped],
  ["ETIMEDOUT", unreachable],
  ["EHOSTUNREACH", unreachable],
  ["EHOSTDOWN", unreachable],
  ["ENETUNREACH", unreachable],
  ["ENETDOWN", unreachable],
  ["ENETRESET", dropped],
  ["EADDRNOTAVAIL", unreachable],
  ["ENOTFOUND", network("check the spelling of the host name")],
  ["ENODATA", network("check the spelling of the host name")],
  ["EAI_AGAIN", network("check that this machine can resolve host names, and try again")],
  ["EAI_FAIL", network("check that this machine can resolve host names, and try again")],

  ["ENOENT", file("check that the path exists")],
  ["EEXIST", file("remove what is there or choose another name")],
  ["ENOTDIR", file("check that every part of the path but the last is a folder")],
  ["EISDIR", file("name a file, not a folder")],
  ["ENOTEMPTY", file("empty the folder first")],
  ["ENAMETOOLONG", file("choose a shorter name")],
  ["ELOOP", file("check the symbolic links on the path")],
  ["EXDEV", file("keep both paths on one file system")],
  ["EBUSY", file("wait until no other program uses it")],
  ["ETXTBSY", file("wait until no other program uses it")],
  ["EFBIG", file("check the file size limit of this user and of the file system")],
  ["ESTALE", file("mount the network folder again")],
  ["EIO", { ...file("check the disk: the hardware reports an error"), severity: "CRITICAL" }],

  ["EACCES", permission("check the owner and the mode of the path")],
  ["EPERM", permission("check the owner and the mode of the path")],
  ["EROFS", permission("the file system is mounted read-only: choose another folder")],

  ["EDQUOT", meaning(ErrorCategory.QUOTA, "free some space or ask for a larger disk quota")],

  ["ENOSPC", critical("free some space on the disk")],
  ["ENOMEM", critical("free some memory")],
  ["EMFILE", meaning(ErrorCategory.SYSTEM, "raise the limit of open files (ulimit -n)")],
  ["ENFILE", critical("raise the system's limit of open files")],
]);

/** Gives the meaning of an error code such as `ENOSPC`, undefined when the code is not known. */
export function errnoMeaning(code: string | undefined): ErrnoMeaning | undefined {
  return code === undefined ? undefined : meanings.get(code);
}

const codesByClass: readonly (readonly [abstract new (...args: never[]) => Error, string])[] = [
  [Deno.errors.AddrNotAvailable, "EADDRNOTAVAIL"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.BrokenPipe, "EPIPE"],
  [Deno.errors.Busy, "EBUSY"],
  [Deno.errors.ConnectionAborted, "ECONNABORTED"],
  [Deno.errors.ConnectionRefused, "ECONNREFUSED"],
  [Deno.errors.ConnectionReset, "ECONNRESET"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.NetworkUnreachable, "ENETUNREACH"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.NotConnected, "ENOTCONN"],
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.TimedOut, "ETIMEDOUT"],
];

/** Gives an error's own code, or the one that its Deno class stands for where it carries none. */
export function errorCodeOf(error: unknown): string | undefined {
  const code = textField(error, "code");
  if (code !== undefined) return code;
  return codesByClass.find(([errorClass]) => error instanceof errorClass)?.[1];
}

/** Tells whether an error code means that the other side cannot be reached or went away. */
export function isNetworkErrno(code: string | undefined): boolean {
  return errnoMeaning(code)?.category === ErrorCategory.NETWORK;
}

function meaning(category: ErrorCategory, advice: string): ErrnoMeaning {
  return { category, severity: ErrorSeverity.ERROR, advice };
}

function critical(advice: string): ErrnoMeaning {
  return { category: ErrorCategory.SYSTEM, severity: ErrorSeverity.CRITICAL, advice };
}
