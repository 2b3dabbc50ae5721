/** What SQLite's errors mean and what to do about them. */

import {
  CacheDatabaseError,
  ConfigurationError,
  OpsdeckError,
  textField,
} from "../../core/errors/mod.ts";

interface Trouble {
  code: string;
  /** The result code: https://www.sqlite.org/rescode.html */
  result: number;
  /** How SQLite's own words begin, as Deno gives the result code with some errors only. */
  words: readonly string[];
  reason: string;
  advice: string;
  retryable?: boolean;
}

const troubles: readonly Trouble[] = [
  {
    code: "CACHE_LOCKED",
    result: 5,
    words: ["database is locked"],
    reason: "another process holds it locked",
    advice: "let that process finish, then try again",
    retryable: true,
  },
  {
    code: "CACHE_LOCKED",
    result: 6,
    words: ["database table is locked"],
    reason: "another statement holds it locked",
    advice: "let that statement finish, then try again",
    retryable: true,
  },
  {
    code: "CACHE_READ_ONLY",
    result: 8,
    words: ["attempt to write a readonly database"],
    reason: "the file or its folder cannot be written",
    advice: "give this user the right to write both",
  },
  {
    code: "CACHE_IO",
    result: 10,
    words: ["disk I/O error"],
    reason: "the disk failed",
    advice: "check the disk and its file system",
  },
  {
    code: "CACHE_CORRUPT",
    result: 11,
    words: [
      "database disk image is malformed",
      "malformed database schema",
      "unsupported file format",
    ],
    reason: "the file is corrupt",
    advice: "move it away, and a new one will be made",
  },
  {
    code: "CACHE_DISK_FULL",
    result: 13,
    words: ["database or disk is full"],
    reason: "the disk is full",
    advice: "make room on it",
  },
  {
    code: "CACHE_CANNOT_OPEN",
    result: 14,
    words: ["unable to open database file"],
    reason: "the file or its folder is missing or may not be opened",
    advice: "create the folder, and give this user the right to write it",
  },
  {
    code: "CACHE_NOT_A_DATABASE",
    result: 26,
    words: ["file is not a database"],
    reason: "the file is not a SQLite database",
    advice: "correct the path, or move the file away",
  },
];

/** Whether an error is one of SQLite's own, and no mistake in calling it. */
export function isSqliteError(error: unknown): boolean {
  // A refusal by Deno carries the same code: toCacheError tells the two apart.
  return textField(error, "code") === "ERR_SQLITE_ERROR";
}

/**
 * Turns an error of `node:sqlite` into a CacheDatabaseError (exit code 3) that says what to do;
 * our own errors pass unchanged, and a missing Deno permission is a ConfigurationError.
 */
export function toCacheError(error: unknown, path: string): OpsdeckError {
  if (error instanceof OpsdeckError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotCapable) {
    return new ConfigurationError(
      `Cannot open "${path}" as Deno may not; add --allow-read=${path} and --allow-write=${path}`,
      { code: "PERMISSION_MISSING", context: { path }, cause: error },
    );
  }
  const result = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
  const trouble = troubles.find((trouble) => trouble.result === result) ??
    troubles.find(({ words }) => words.some((start) => message.startsWith(start)));
  if (trouble === undefined) {
    return new CacheDatabaseError(`Cannot use "${path}" as ${message}`, {
      context: { path },
      cause: error,
    });
  }
  return new CacheDatabaseError(`Cannot use "${path}" as ${trouble.reason}; ${trouble.advice}`, {
    code: trouble.code,
    ...(trouble.retryable ? { retryable: true } : {}),
    context: { path },
    cause: error,
  });
}
