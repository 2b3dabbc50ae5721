import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { OpsdeckError } from "../../lib/core/mod.ts";
import {
  DatabaseManager,
  migrate,
  type Migration,
  pendingMigrations,
} from "../../lib/database/mod.ts";
import { dialectDatabase } from "../support/both_dialects.ts";

const first: Migration = {
  number: 1,
  name: "notes",
  sql: "create table notes (id int);\ncreate index by_id on notes (id);",
};

Deno.test("migrate() on SQL Server applies what is missing, in order and once", async () => {
  await using test = await dialectDatabase("sqlserver");
  await using database = new DatabaseManager("x", { target: test.target });
  const second = { number: 2, name: "more", sql: "alter table notes add more nvarchar(10)" };

  assertEquals(await pendingMigrations(database, "s", [first, second]), [first, second]);
  assertEquals(await migrate(database, "s", [first]), { applied: ["notes"], already: 0 });
  assertEquals(await migrate(database, "s", [second, first]), { applied: ["more"], already: 1 });
  assertEquals(await migrate(database, "s", [first, second]), { applied: [], already: 2 });
});

Deno.test("migrate() on SQL Server leaves nothing of a file that fails", async () => {
  await using test = await dialectDatabase("sqlserver");
  await using database = new DatabaseManager("x", { target: test.target });
  const broken = { number: 2, name: "broken", sql: "create table half (id int); select 1/0;" };

  const error = await assertRejects(() => migrate(database, "s", [first, broken]), OpsdeckError);

  assertEquals(error.context["error_number"], 8134);
  assertEquals(await pendingMigrations(database, "s", [first, broken]), [broken]);
  const found = "select case when object_id('half', 'U') is null then 0 else 1 end as found";
  assertEquals(await database.query(found), [{ found: 0 }]);
});

Deno.test("migrate() on SQL Server applies each file once when eight processes start", async () => {
  await using test = await dialectDatabase("sqlserver");
  const worker = fromFileUrl(new URL("./migrate_worker.ts", import.meta.url));

  const outputs = await Promise.all(
    Array.from({ length: 8 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "-A", "--no-check", worker, test.double?.connectionString ?? ""],
      }).output()),
  );

  const results = outputs.map(({ stdout, stderr }) => {
    assertEquals(new TextDecoder().decode(stderr), "");
    return JSON.parse(new TextDecoder().decode(stdout));
  });
  assertEquals(results.flatMap(({ applied }) => applied).toSorted(), ["counted", "slow"]);
  assert(results.every(({ applied, already }) => applied.length + already === 2));
  const [row] = await test.postgres.sql`select count(*)::int as total from counted`;
  assertEquals(row?.["total"], 1);
});
