/** What became of the file of one request. */

import { errorReason, ExitCode, OpsdeckError, redact } from "../../core/mod.ts";

/** Why the file of a request is not where it was wanted; all fields are null when it is. */
export interface Failure {
  /** The reason, for a person, on one line. */
  error: string | null;
  /** A stable word for it, such as `NO_PROCESSED_COPY`. */
  error_code: string | null;
  /** Whether trying again can help. */
  retryable: boolean | null;
  /** The exit code of a script that fails for this alone. */
  exit_code: number | null;
}

/** What the outcomes of downloads and restores have in common. It can be written as JSON as it is. */
export interface FileOutcome extends Failure {
  /** The request. */
  RequestID: number;
  /** Its district; null when there is no such request, or it was not read. */
  DistrictID: number | null;
  /** Its type's name; null when there is no such request, or it was not read. */
  DataRequestTypeName: string | null;
  /** The server, as `user@host:port`; null when it was not got so far. */
  server: string | null;
  /** The file on the server that was, or would be, taken; null when none was found. */
  source: string | null;
  /** Where it is now, or would be; null when that was not worked out. */
  target: string | null;
  /** The target's size in bytes; null when it is not there, or not known before it is unpacked. */
  bytes: number | null;
  /** Its SHA-256 in hexadecimal digits; null when it was not computed. */
  sha256: string | null;
  /** Other processed copies, which are older, the newest first. */
  passed_over: string[];
}

/** What became of a download. */
export interface DownloadOutcome extends FileOutcome {
  /**
   * `downloaded`; `skipped`: the same file was there already; `planned`: with `dryRun`, it would be
   * downloaded; `failed`; `stopped`: it was not begun as the run was stopped.
   */
  status: "downloaded" | "skipped" | "planned" | "failed" | "stopped";
  /** The directory that `source` is in: `sftp` or `processed`; null when none was found. */
  found_in: "sftp" | "processed" | null;
}

/** What became of a restore. */
export interface RestoreOutcome extends FileOutcome {
  /**
   * `restored`; `identical`: the same content was there already; `planned`: with `dryRun`, it would
   * be restored; `failed`; `stopped`: it was not begun as the run was stopped.
   */
  status: "restored" | "identical" | "planned" | "failed" | "stopped";
  /**
   * How the file came: copied on the server, through this machine, or unpacked here; null when it
   * did not.
   */
  method: "server" | "client" | "unpacked" | null;
  /** Another file was in its place, and was, or would be, replaced (`force`). */
  replaced: boolean;
}

/** No failure. */
export const noFailure: Failure = {
  error: null,
  error_code: null,
  retryable: null,
  exit_code: null,
};

/** Describes what was thrown. */
export function failureOf(error: unknown): Failure {
  const isOurs = error instanceof OpsdeckError;
  return {
    error: redact(errorReason(error)),
    error_code: isOurs ? error.code : "FAILED",
    retryable: isOurs && error.retryable,
    exit_code: isOurs ? error.exitCode : ExitCode.failure,
  };
}

/**
 * Gives the exit code of a script by what became of its requests: 0 when nothing failed; the code
 * of the failures when all requests failed for the same kind of reason, such as 2 for a missing
 * login or 4 for a server that is away; else 1.
 */
export function exitCodeOfOutcomes(
  outcomes: Iterable<Pick<FileOutcome, "exit_code">>,
): number {
  const codes = new Set(Array.from(outcomes, ({ exit_code }) => exit_code));
  const [only] = codes;
  if (codes.size === 1) return only ?? ExitCode.success;
  return [...codes].every((code) => code === null) ? ExitCode.success : ExitCode.failure;
}
