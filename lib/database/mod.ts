/** Databases: connection strings, named databases, migrations, and SQLite files. */

export { checkDatabase, type CheckDatabaseOptions } from "./check_database.ts";
export * from "./connection_string.ts";
export * from "./connection_target.ts";
export type { DatabaseHealth } from "./database_health.ts";
export * from "./database_manager.ts";
export { type DatabasePermissions, databasePermissions } from "./database_permissions.ts";
export * from "./database_settings.ts";
export type {
  DatabaseDriver,
  DatabaseSession,
  QueryOptions,
  ReservedSession,
  TransactionOptions,
} from "./driver.ts";
export * from "./exact_json.ts";
export * from "./list_items.ts";
export * from "./migrations.ts";
export { openDriver, type OpenDriverOptions } from "./open_driver.ts";
export * from "./safe_retries.ts";
export * from "./sqlite/mod.ts";
