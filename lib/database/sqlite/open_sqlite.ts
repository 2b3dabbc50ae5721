/** Opening SQLite files, for caches and histories. */

import type { DatabaseSync } from "node:sqlite";
import { toCacheError } from "./to_cache_error.ts";

/** How a SQLite file is opened. */
export interface SqliteOptions {
  /** How long a statement waits for another process's lock, in milliseconds. Defaults to 5000. */
  busyTimeoutMs?: number;
  /** Opens an existing file for reading alone. Defaults to false. */
  readOnly?: boolean;
  /**
   * Lets a new file shrink again with `pragma incremental_vacuum`; Deno's SQLite cannot `vacuum`.
   * A file that has tables already stays as it is. Defaults to false.
   */
  shrinkable?: boolean;
}

const retryMs = 5;

/**
 * Opens or creates a SQLite file, with WAL, a busy timeout and foreign keys.
 *
 * Use {@link toCacheError} for what its statements throw later.
 *
 * @throws CacheDatabaseError (exit code 3) that says what to do, when the file is corrupt, not a
 * database, locked, read-only, or in a folder that is missing.
 */
export async function openSqlite(
  path: string,
  options: SqliteOptions = {},
): Promise<DatabaseSync> {
  return openSqliteSync(await import("node:sqlite"), path, options);
}

/** Does what {@link openSqlite} does for a caller that has loaded `node:sqlite` already. */
export function openSqliteSync(
  sqlite: typeof import("node:sqlite"),
  path: string,
  options: SqliteOptions = {},
): DatabaseSync {
  const { busyTimeoutMs = 5_000, readOnly = false, shrinkable = false } = options;
  let database: DatabaseSync | undefined;
  try {
    database = new sqlite.DatabaseSync(path, { readOnly, enableForeignKeyConstraints: true });
    database.exec(`pragma busy_timeout = ${Math.round(busyTimeoutMs)}`);
    if (!readOnly) {
      // On a file that is in use already it would change nothing, and yet be a write.
      if (shrinkable && isEmpty(database)) database.exec("pragma auto_vacuum = incremental");
      switchToWal(database, busyTimeoutMs);
      // In WAL a crash of the machine loses the last commits at most, and never the file.
      database.exec("pragma synchronous = normal");
    }
    // Opening reads nothing; this reads the header and the schema.
    database.prepare("select count(*) from sqlite_schema").get();
    return database;
  } catch (error) {
    database?.close();
    throw toCacheError(error, path);
  }
}

/**
 * Of processes that make one file at the same time, SQLite tells some at once that it is locked,
 * without waiting for the busy timeout: https://www.sqlite.org/c3ref/busy_handler.html
 */
function switchToWal(database: DatabaseSync, busyTimeoutMs: number): void {
  const endsAt = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      database.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      const isLocked = error instanceof Error && error.message.includes("database is locked");
      if (!isLocked || performance.now() >= endsAt) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
    }
  }
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("pragma page_count").get()?.["page_count"] === 0;
}
