/**
 * What the errors of SSH and SFTP mean.
 *
 * Sources: draft-ietf-secsh-filexfer-02 §7 (status codes 0 to 8) and -13 §9.1 (the later ones,
 * which ProFTPD and others send too); the levels and messages that `npm:ssh2` 1.17.0 sets, in its
 * `lib/client.js`, `lib/protocol/kex.js` and `lib/protocol/SFTP.js`; the codes of
 * `npm:ssh2-sftp-client` 12.1.1, in its `src/constants.js`.
 */

import { ErrorCategory } from "../opsdeck_error.ts";

/**
 * What an SSH error means to the caller, files apart:
 *
 * - `connection`: unreachable, lost or silent; try again later
 * - `incompatible`: no common algorithm or a broken protocol; trying again does not help
 * - `login`: user, password or key refused
 * - `host-key`: the server's host key is not the expected one
 */
export type SshTrouble = "connection" | "incompatible" | "login" | "host-key";

/** What a status of the SFTP protocol means. */
export interface SftpStatus {
  /** Our code for it, such as `NO_SUCH_FILE`. */
  code: string;
  /** What kind of trouble it is. */
  category: ErrorCategory;
  /** The status in words, as some servers send none. */
  words: string;
  /** Whether trying again can help. */
  retryable: boolean;
}

const statuses = new Map<number, SftpStatus>([
  [1, status("END_OF_FILE", "the file ends there")],
  [2, status("NO_SUCH_FILE", "there is no such file")],
  [3, status("PERMISSION_DENIED", "permission is denied", ErrorCategory.PERMISSION)],
  [4, status("SFTP_FAILURE", "the server gives no reason")],
  [5, status("BAD_MESSAGE", "the server did not understand the request")],
  [8, status("OPERATION_UNSUPPORTED", "the server does not support it")],
  [9, status("INVALID_HANDLE", "the handle is not valid")],
  [10, status("NO_SUCH_FILE", "there is no such path")],
  [11, status("FILE_EXISTS", "the file exists")],
  [12, status("PERMISSION_DENIED", "the file system is read-only", ErrorCategory.PERMISSION)],
  [13, status("NO_MEDIA", "there is no medium in the drive")],
  [14, status("NO_SPACE", "there is no space left on the server")],
  [15, status("QUOTA_EXCEEDED", "the quota is exceeded", ErrorCategory.QUOTA)],
  [16, status("UNKNOWN_PRINCIPAL", "the owner is not known to the server")],
  [17, { ...status("LOCKED", "another program has locked the file"), retryable: true }],
  [18, status("FOLDER_NOT_EMPTY", "the folder is not empty")],
  [19, status("NOT_A_FOLDER", "it is not a folder")],
  [20, status("BAD_PATH", "the server does not accept the name")],
  [21, status("LINK_LOOP", "the symbolic links turn in a circle")],
  [22, status("CANNOT_DELETE", "it cannot be deleted")],
  [23, status("BAD_PARAMETER", "a parameter is out of range")],
  [24, status("IS_A_FOLDER", "it is a folder")],
  [25, { ...status("LOCKED", "the range is locked"), retryable: true }],
  [26, { ...status("LOCKED", "the lock is refused"), retryable: true }],
  [27, status("DELETE_PENDING", "it is about to be deleted")],
  [28, status("FILE_CORRUPT", "the server finds it corrupt", ErrorCategory.DATA_CORRUPTION)],
  [29, status("OWNER_INVALID", "it cannot belong to that owner")],
  [30, status("GROUP_INVALID", "it cannot belong to that group")],
]);

/** Gives what a status number means; undefined for success, a lost connection or an unknown one. */
export function sftpStatus(number: number): SftpStatus | undefined {
  return statuses.get(number);
}

/** Tells whether a status number means that the connection is gone (6 and 7). */
export function isConnectionStatus(number: number): boolean {
  return number === 6 || number === 7;
}

const fileCodes = new Map<string, number>([
  ["ENOENT", 2],
  ["EACCES", 3],
  ["ENOTDIR", 19],
  ["ERR_BAD_PATH", 20],
]);

/** Gives the status that a code of `ssh2-sftp-client` stands for, undefined when it is none. */
export function sftpClientStatus(code: string): SftpStatus | undefined {
  const number = fileCodes.get(code);
  return number === undefined ? undefined : statuses.get(number);
}

const troublesByCode = new Map<string, SshTrouble>([
  ["ERR_NOT_CONNECTED", "connection"],
  ["ERR_BAD_AUTH", "login"],
]);

const troublesByLevel = new Map<string, SshTrouble>([
  ["agent", "login"],
  ["client-authentication", "login"],
  ["client-dns", "connection"],
  ["client-socket", "connection"],
  ["client-timeout", "connection"],
  ["handshake", "incompatible"],
  ["protocol", "connection"], // includes the server's own DISCONNECT
  ["sftp-protocol", "connection"],
]);

/** Messages decide only where the library gives no code, or one that covers too much. */
const troublesByMessage: readonly (readonly [RegExp, SshTrouble])[] = [
  [/All configured authentication methods failed/, "login"],
  [/Cannot parse privateKey|Encrypted private .*key detected|Bad passphrase/i, "login"],
  [/Host denied \(verification failed\)/, "host-key"],
  [/Handshake failed: no matching/i, "incompatible"],
  [/Timed out while waiting for handshake|Keepalive timeout/, "connection"],
  [/Connection lost before handshake/, "connection"],
  [/No response from server|Not connected|No SFTP connection available/, "connection"],
  [/Unexpected (end|close) event/, "connection"],
  [/\(SSH\) Channel open failure/, "connection"],
  // The wrapper's delete and realPath on a dead connection fail on its own missing channel.
  [/Cannot read properties of undefined \(reading '(unlink|realpath)'\)/, "connection"],
];

/** Gives what a code, level or message of ssh2 means, undefined when it is not about the session. */
export function sshTrouble(
  fields: { code: string | undefined; level: string | undefined; message: string },
): SshTrouble | undefined {
  const byCode = fields.code === undefined ? undefined : troublesByCode.get(fields.code);
  if (byCode !== undefined) return byCode;
  const byMessage = troublesByMessage.find(([pattern]) => pattern.test(fields.message));
  if (byMessage !== undefined) return byMessage[1];
  return fields.level === undefined ? undefined : troublesByLevel.get(fields.level);
}

function status(
  code: string,
  words: string,
  category: ErrorCategory = ErrorCategory.FILE_IO,
): SftpStatus {
  return { code, words, category, retryable: false };
}
