/** What is said when the cache's file cannot be used. */

import { CacheDatabaseError, OpsdeckError, textField } from "../../core/errors/mod.ts";
import { isSqliteError, toCacheError } from "../../database/sqlite/mod.ts";

const brokenReasons: ReadonlyMap<string, string> = new Map([
  ["CACHE_CORRUPT", "it is corrupt"],
  ["CACHE_NOT_A_DATABASE", "it is not a SQLite database"],
  ["CACHE_IS_A_FOLDER", "it is a folder"],
]);

/** Why a file is broken in a way that setting it aside mends; undefined for all other errors. */
export function brokenReason(error: unknown): string | undefined {
  return error instanceof CacheDatabaseError ? brokenReasons.get(error.code) : undefined;
}

/**
 * Turns an error of SQLite into a CacheDatabaseError (exit code 3) that names the way out; others
 * pass unchanged, mistakes in calling SQLite among them.
 */
export function toJiraCacheError(error: unknown, path: string): unknown {
  if (isTooLargeNumber(error)) return brokenCache(path, "CACHE_CORRUPT", error);
  const isOurs = error instanceof OpsdeckError;
  if (!isOurs && !isSqliteError(error) && !(error instanceof Deno.errors.NotCapable)) return error;
  const known = toCacheError(error, path);
  return brokenReasons.has(known.code) ? brokenCache(path, known.code, known.cause) : known;
}

/** Makes the error of a file that can only be set aside. */
export function brokenCache(path: string, code: string, cause?: unknown): CacheDatabaseError {
  const reason = brokenReasons.get(code) ?? "it is broken";
  return new CacheDatabaseError(
    `Cannot use the Jira cache "${path}" as ${reason}; ` +
      "set it aside and start afresh with: jira-batch cache repair",
    { code, context: { path }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** A number beyond those that JavaScript keeps exactly; none such was ever written. */
function isTooLargeNumber(error: unknown): boolean {
  return textField(error, "code") === "ERR_OUT_OF_RANGE";
}
