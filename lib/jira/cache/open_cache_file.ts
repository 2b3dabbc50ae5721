/** The cache's file: its folder, its tables, and whether it is ours at all. */

import type { DatabaseSync } from "node:sqlite";
import * as sqlite from "node:sqlite";
import { dirname } from "node:path";
import { CacheDatabaseError, permissionMissing, toFileError } from "../../core/errors/mod.ts";
import { openSqliteSync } from "../../database/sqlite/mod.ts";
import createTables from "../../../schema/jira_cache/0001_entries.sql" with { type: "text" };
import { brokenCache, toJiraCacheError } from "./cache_error.ts";

/** `OPJC` in ASCII: SQLite keeps it in the file's header to tell applications apart. */
const applicationId = 0x4f504a43;
const schemaVersion = 1;

/**
 * Opens the cache's file and makes what is missing: folder, file, tables.
 *
 * @throws CacheDatabaseError when it cannot be opened, is corrupt, belongs to another program or
 * to another version of opsdeck.
 */
export function openCacheFile(path: string, busyTimeoutMs: number): DatabaseSync {
  makeFolder(path);
  makeFile(path);
  let database: DatabaseSync | undefined;
  try {
    database = openSqliteSync(sqlite, path, { busyTimeoutMs, shrinkable: true });
    // Memory-mapped reading would be faster still, but a file cut short would kill the process.
    database.exec("pragma cache_size = -32000");
    ensureTables(database, path);
    keepToOwner(path);
    return database;
  } catch (error) {
    database?.close();
    throw toJiraCacheError(error, path);
  }
}

function makeFolder(path: string): void {
  try {
    if (statOf(path)?.isDirectory) throw brokenCache(path, "CACHE_IS_A_FOLDER");
    // What Jira says is for those who may ask it.
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof CacheDatabaseError) throw error;
    const { message } = toFileError(error, "make the folder of", path);
    throw permissionMissing(error) ??
      new CacheDatabaseError(message, { code: "CACHE_CANNOT_OPEN", cause: error });
  }
}

/** Makes a missing file its owner's alone; what SQLite has beside it gets the same mode. */
function makeFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch {
    // It is there already, or cannot be made: opening it then says why.
  }
}

/** Takes a cache that others could read from them. */
function keepToOwner(path: string): void {
  const mode = statOf(path)?.mode ?? 0;
  if ((mode & 0o077) === 0) return;
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      Deno.chmodSync(file, mode & 0o700);
    } catch {
      // It is not there, or another owner's to change.
    }
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function ensureTables(database: DatabaseSync, path: string): void {
  if (ownerOf(database) === applicationId) return checkVersion(database, path);
  database.prepare("begin immediate").run();
  try {
    // Another process may have made them in the meantime.
    if (ownerOf(database) !== applicationId) {
      if (readPragma(database, "schema_version") !== 0) throw foreignFile(path);
      database.exec(createTables);
      database.exec(`pragma application_id = ${applicationId}`);
      database.exec(`pragma user_version = ${schemaVersion}`);
    }
    database.prepare("commit").run();
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
  checkVersion(database, path);
}

function ownerOf(database: DatabaseSync): number {
  return readPragma(database, "application_id");
}

function readPragma(database: DatabaseSync, name: string): number {
  // Only a prepared statement's error says which one it is.
  return Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
}

function foreignFile(path: string): CacheDatabaseError {
  return new CacheDatabaseError(
    `Cannot use "${path}" as the Jira cache as it is a database of another program; ` +
      "move that away or set OPSDECK_HOME to another folder",
    { code: "CACHE_FOREIGN", context: { path } },
  );
}

function checkVersion(database: DatabaseSync, path: string): void {
  const version = readPragma(database, "user_version");
  if (version === schemaVersion) return;
  throw new CacheDatabaseError(
    `Cannot use the Jira cache "${path}" as its version must be ${schemaVersion}: it is ${version}; ` +
      "use the opsdeck that made it, or move the file away",
    { code: "CACHE_VERSION", context: { path, version } },
  );
}
