/** The history's file: its folder, its tables, and whether it is ours at all. */

import type { DatabaseSync } from "node:sqlite";
import { CacheDatabaseError, permissionMissing, toFileError } from "../../core/mod.ts";
import { openSqlite, toCacheError } from "../../database/sqlite/mod.ts";
import createTables from "../../../schema/downloads_history/0001_attempts.sql" with {
  type: "text",
};
import type { StatePaths } from "./state_paths.ts";

/** `OPDH` in ASCII: SQLite keeps it in the file's header to tell applications apart. */
const applicationId = 0x4f504448;

/**
 * Opens the history's file, and makes what is missing of it.
 *
 * @throws CacheDatabaseError when it cannot be opened, is corrupt, or belongs to another program.
 */
export async function openHistoryFile(
  { folder, history }: Pick<StatePaths, "folder" | "history">,
): Promise<DatabaseSync> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { message } = toFileError(error, "make", folder);
    throw permissionMissing(error) ??
      new CacheDatabaseError(message, { code: "CACHE_CANNOT_OPEN", cause: error });
  }
  const database = await openSqlite(history, { shrinkable: true });
  try {
    ensureTables(database, history);
    return database;
  } catch (error) {
    database.close();
    throw toCacheError(error, history);
  }
}

function ensureTables(database: DatabaseSync, path: string): void {
  if (ownerOf(database) === applicationId) return;
  database.prepare("begin immediate").run();
  try {
    // Another process may have made them in the meantime.
    if (ownerOf(database) !== applicationId) {
      const tables = database.prepare("select count(*) as count from sqlite_schema").get();
      if (tables?.["count"] !== 0) throw foreignFile(path);
      database.exec(createTables);
      database.exec(`pragma application_id = ${applicationId}`);
    }
    database.prepare("commit").run();
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

function ownerOf(database: DatabaseSync): number {
  return Number(database.prepare("pragma application_id").get()?.["application_id"]);
}

function foreignFile(path: string): CacheDatabaseError {
  return new CacheDatabaseError(
    `Cannot use "${path}" as the history of downloads as it is a database of another program; ` +
      "move it away, and a new one will be made",
    { code: "CACHE_FOREIGN", context: { path } },
  );
}
