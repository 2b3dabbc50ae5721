import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ConfigurationError, OpsdeckError } from "../../lib/core/mod.ts";
import {
  DatabaseManager,
  migrate,
  type Migration,
  pendingMigrations,
} from "../../lib/database/mod.ts";
import { testDatabase } from "../support/postgres_server.ts";

const first: Migration = {
  number: 1,
  name: "notes",
  sql: "create table notes (id int);\ncreate index on notes (id);\ninsert into notes values (1);",
};
const second: Migration = { number: 2, name: "more", sql: "alter table notes add more text" };

Deno.test("migrate() applies what is missing, in order and once", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });

  assertEquals(await pendingMigrations(database, "s", [first, second]), [first, second]);
  assertEquals(await migrate(database, "s", [first]), { applied: ["notes"], already: 0 });
  assertEquals(await migrate(database, "s", [second, first]), { applied: ["more"], already: 1 });
  assertEquals(await migrate(database, "s", [first, second]), { applied: [], already: 2 });
  assertEquals(await pendingMigrations(database, "s", [first, second]), []);

  const rows = await database.query("select id, more from notes");
  assertEquals(rows, [{ id: 1, more: null }]);
});

Deno.test("migrate() keeps the stores of one database apart", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  const other = { number: 1, name: "others", sql: "create table others (id int)" };

  await migrate(database, "a", [first]);

  assertEquals(await migrate(database, "b", [other]), { applied: ["others"], already: 0 });
});

Deno.test("migrate() leaves nothing of a file that fails, and applies those before it", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  const broken = { number: 2, name: "broken", sql: "create table half (id int); select 1/0;" };

  await assertRejects(() => migrate(database, "s", [first, broken]), OpsdeckError, "zero");

  assertEquals(await pendingMigrations(database, "s", [first, broken]), [broken]);
  assertEquals(await database.query("select to_regclass('half') as half"), [{ half: null }]);
});

Deno.test("migrate() refuses a changed file and a newer database", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  await migrate(database, "s", [first, second]);
  const changed = { ...first, sql: `${first.sql} ` };
  const windows = { ...first, sql: first.sql.replaceAll("\n", "\r\n") };

  for (const run of [migrate, pendingMigrations]) {
    const edited = await assertRejects(
      () => run(database, "s", [changed, second]),
      ConfigurationError,
      "migration 1 (notes) was applied with another text",
    );
    assertEquals([edited.code, edited.exitCode], ["MIGRATION_CHANGED", 2]);
    const newer = await assertRejects(
      () => run(database, "s", [first]),
      ConfigurationError,
      "has migration 2 (more)",
    );
    assertEquals(newer.code, "DATABASE_NEWER");
    await run(database, "s", [windows, second]);
  }
});

Deno.test("migrate() applies each file once when eight processes start at once", async () => {
  await using test = await testDatabase();
  const worker = fromFileUrl(new URL("./migrate_worker.ts", import.meta.url));

  const outputs = await Promise.all(
    Array.from({ length: 8 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "-A", "--no-check", worker, test.url],
      }).output()),
  );

  const results = outputs.map(({ stdout, stderr }) => {
    assertEquals(new TextDecoder().decode(stderr), "");
    return JSON.parse(new TextDecoder().decode(stdout));
  });
  const applied = results.flatMap((result) => result.applied);
  assertEquals(applied.toSorted(), ["counted", "slow"]);
  assert(results.every((result) => result.applied.length + result.already === 2));
  const [row] = await test.sql`select count(*)::int as total from counted`;
  assertEquals(row?.["total"], 1);
});

Deno.test("migrate() stops when its signal aborts", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  const slow = { number: 1, name: "slow", sql: "select pg_sleep(600)" };
  const stop = new AbortController();
  const running = migrate(database, "s", [slow], { signal: stop.signal });

  stop.abort(new Error("enough"));

  assertEquals((await assertRejects(() => running, Error)).message, "enough");
  assertEquals(await pendingMigrations(database, "s", [slow]), [slow]);
});
