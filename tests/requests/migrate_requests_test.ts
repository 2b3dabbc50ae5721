import { assert, assertEquals } from "@std/assert";
import { DatabaseManager, dialects } from "../../lib/database/mod.ts";
import { migrateRequests } from "../../lib/requests/mod.ts";
import {
  type DialectDatabase,
  dialectDatabase,
  testBothDialects,
} from "../support/both_dialects.ts";

testBothDialects(
  "migrateRequests() applies once, and tells first what it would do",
  async (test) => {
    await using database = new DatabaseManager("SurveyHub", { target: test.target });

    const reports = [
      await migrateRequests(database, { dryRun: true }),
      await migrateRequests(database),
      await migrateRequests(database),
    ];

    assertEquals(reports, [
      { applied: ["data_requests"], dry_run: true },
      { applied: ["data_requests"], dry_run: false },
      { applied: [], dry_run: false },
    ]);
  },
);

Deno.test("The schemas of both dialects define the same tables, indexes and constraints", async () => {
  const [postgresql, sqlserver] = await Promise.all(dialects.map(async (dialect) => {
    await using test = await dialectDatabase(dialect);
    await using database = new DatabaseManager("SurveyHub", { target: test.target });
    await migrateRequests(database);
    return await readSchema(test);
  }));

  assertEquals(sqlserver, postgresql);
  for (const table of ["", "Checksum", "Run", "Type"]) {
    assert(postgresql?.some((line) => line.startsWith(`DataRequest${table}.DataRequest`)), table);
  }
});

/** What the migration has made, as PostgreSQL sees it behind either server. */
async function readSchema({ postgres }: DialectDatabase): Promise<string[]> {
  const rows = await postgres.sql<{ line: string }[]>`
    select concat_ws(
      ' ', table_name || '.' || column_name, replace(data_type, 'without', 'with'),
      character_maximum_length, datetime_precision, is_nullable, is_identity
    ) as line
    from information_schema.columns
    where table_name like 'DataRequest%'
    union all
    select replace(indexdef, ' DESC NULLS LAST', ' DESC') from pg_indexes
    where tablename like 'DataRequest%'
    union all
    select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
    where conrelid::regclass::text like '"DataRequest%' and contype <> 'n'
    order by 1`;
  return rows.map(({ line }) => line);
}
