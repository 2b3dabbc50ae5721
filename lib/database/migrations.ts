/** Bringing a store's tables up to date, once, however many start at the same moment. */

import { ConfigurationError } from "../core/mod.ts";
import type { DatabaseManager } from "./database_manager.ts";
import type { DatabaseSession } from "./driver.ts";
import { migrationStatements } from "./migration_statements.ts";

/** One numbered file of SQL. */
export interface Migration {
  /** 1, 2, 3 and so on within its store, without gaps. */
  readonly number: number;
  /** What it is about, such as `processing_queue`. */
  readonly name: string;
  /** Its statements. Once applied anywhere it must not be changed: write another one. */
  readonly sql: string;
}

/** What {@link migrate} did. */
export interface MigrationResult {
  /** The names of those that were applied now, in their order. */
  applied: string[];
  /** How many had been applied before. */
  already: number;
}

interface AppliedRow extends Record<string, unknown> {
  number: number;
  name: string;
  checksum: string;
}

/** Long enough for an index on a large table. */
const migrationTimeoutMs = 60 * 60_000;

/**
 * Applies the migrations of a store that the database lacks, each in a transaction of its own.
 * Whoever comes second waits for the first and then finds nothing to do.
 *
 * @throws ConfigurationError with the code `MIGRATION_CHANGED` when the text of an applied one
 * differs, and `DATABASE_NEWER` when the database has one that this version does not know.
 */
export async function migrate(
  manager: DatabaseManager,
  store: string,
  migrations: readonly Migration[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<MigrationResult> {
  const { signal } = options;
  const statements = migrationStatements[manager.dialect];
  const known = await readApplied(manager, store);
  const missing = await findPending(known, store, migrations);

  const applied: string[] = [];
  for (const migration of missing) {
    const isNew = await manager.transaction(async (session) => {
      // Locks: one for all stores of the database, until the transaction's end.
      await session.query(statements.lock, [], { timeoutMs: migrationTimeoutMs });
      await session.query(statements.createTable);
      const pending = await findPending(await readRows(session, store), store, migrations);
      if (!pending.includes(migration)) return false;
      await session.query(migration.sql, [], { timeoutMs: migrationTimeoutMs });
      await session.query(statements.record, [
        store,
        migration.number,
        migration.name,
        await checksumOf(migration.sql),
      ]);
      return true;
    }, { signal });
    if (isNew) applied.push(migration.name);
  }
  return { applied, already: migrations.length - applied.length };
}

/**
 * Gives the migrations that the database lacks, in their order, and changes nothing.
 *
 * @throws ConfigurationError as {@link migrate} does.
 */
export async function pendingMigrations(
  session: DatabaseSession,
  store: string,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  return await findPending(await readApplied(session, store), store, migrations);
}

async function readApplied(session: DatabaseSession, store: string): Promise<AppliedRow[]> {
  const [table] = await session.query<{ found: boolean | number }>(
    migrationStatements[session.dialect].findTable,
  );
  return table?.found ? await readRows(session, store) : [];
}

function readRows(session: DatabaseSession, store: string): Promise<AppliedRow[]> {
  return session.query<AppliedRow>(migrationStatements[session.dialect].readApplied, [store]);
}

async function findPending(
  applied: readonly AppliedRow[],
  store: string,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  const pending = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const row of applied) {
    const migration = pending.get(row.number);
    if (migration === undefined) {
      throw new ConfigurationError(
        `Cannot use the tables of "${store}" as the database has migration ${row.number} ` +
          `(${row.name}), which this version of opsdeck does not know; use a newer version`,
        { code: "DATABASE_NEWER", context: { store, number: row.number, name: row.name } },
      );
    }
    const checksum = await checksumOf(migration.sql);
    if (row.checksum !== checksum) {
      throw new ConfigurationError(
        `Cannot use the tables of "${store}" as migration ${row.number} (${row.name}) was applied ` +
          `with another text: its checksum is "${row.checksum}" there and "${checksum}" here; ` +
          "restore the file, and put the change into a new one",
        { code: "MIGRATION_CHANGED", context: { store, number: row.number, name: row.name } },
      );
    }
    pending.delete(row.number);
  }
  return [...pending.values()].sort((one, other) => one.number - other.number);
}

/** The ends of lines do not count: a checkout on Windows changes them. */
async function checksumOf(sql: string): Promise<string> {
  const bytes = new TextEncoder().encode(sql.replaceAll("\r\n", "\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.slice(0, 16).toHex();
}
