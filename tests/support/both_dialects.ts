/** Tests that run on PostgreSQL and, through the double, on the unmodified SQL Server driver. */

import { type ConnectionTarget, type Dialect, dialects } from "../../lib/database/mod.ts";
import { startTdsServer, type TdsServer } from "../fakes/tds_server/tds_server.ts";
import { type TestDatabase, testDatabase } from "./postgres_server.ts";

/** A fresh database behind either kind of server. */
export interface DialectDatabase extends AsyncDisposable {
  /** The kind of server. */
  readonly dialect: Dialect;
  /** How the library reaches it. */
  readonly target: ConnectionTarget;
  /** The PostgreSQL database in which all of it is stored, for arranging and asserting. */
  readonly postgres: TestDatabase;
  /** The double before it; undefined for PostgreSQL. */
  readonly double: TdsServer | undefined;
}

/** Makes a fresh, empty database. */
export async function dialectDatabase(dialect: Dialect): Promise<DialectDatabase> {
  const postgres = await testDatabase();
  const double = dialect === "sqlserver"
    ? await startTdsServer({ database: postgres.url })
    : undefined;
  return {
    dialect,
    target: double?.target ?? postgres.target,
    postgres,
    double,
    async [Symbol.asyncDispose]() {
      await double?.[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** Registers a test for each kind of server; the name says which. */
export function testBothDialects(
  name: string,
  work: (database: DialectDatabase) => Promise<void>,
): void {
  for (const dialect of dialects) {
    Deno.test(`${name} (${dialect})`, async () => {
      await using database = await dialectDatabase(dialect);
      await work(database);
    });
  }
}
