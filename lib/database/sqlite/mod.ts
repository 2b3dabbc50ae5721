/** SQLite files, for caches and histories. Importing this loads neither SQLite nor a driver. */

export { openSqlite, openSqliteSync, type SqliteOptions } from "./open_sqlite.ts";
export { isSqliteError, toCacheError } from "./to_cache_error.ts";
