/** Opening SQLite files, for caches and histories. */

import type { DatabaseSync } from "node:sqlite";
import { toCacheError } from "./sqlite_error.ts";

/** How a SQLite file is opened. */
export interface SqliteOptions {
  /** How long a statement waits for another process's lock, in milliseconds. Defaults to 5000. */
  busyTimeoutMs?: number;
  /** Opens an existing file for reading alone. Defaults to false. */
  readOnly?: boolean;
}

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
  const { busyTimeoutMs = 5_000, readOnly = false } = options;
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly, enableForeignKeyConstraints: true });
    database.exec(`pragma busy_timeout = ${Math.round(busyTimeoutMs)}`);
    if (!readOnly) {
      database.exec("pragma journal_mode = wal");
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
