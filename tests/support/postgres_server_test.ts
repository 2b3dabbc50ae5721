import { assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { type TestDatabase, testDatabase, throwawayServer } from "./postgres_server.ts";
import { waitFor } from "./wait_for.ts";

Deno.test("testDatabase() gives every caller an empty database of its own", async () => {
  await using one = await testDatabase();
  await using two = await testDatabase();

  await one.sql`create table mine (id int)`;

  const tables = await two.sql`select 1 from pg_tables where schemaname = 'public'`;
  assertEquals(tables.length, 0);
  assertEquals(two.target.database, two.name);
});

Deno.test("testDatabase() makes a template once and gives copies of it", async () => {
  let prepared = 0;
  const template = {
    name: `support_${crypto.randomUUID().slice(0, 8)}`,
    async prepare({ host, port, database, username = "", password }: TestDatabase["target"]) {
      prepared++;
      const sql = postgres({ host, port, database, username, password: password?.reveal() ?? "" });
      await sql`create table made as select 7 as number`;
      await sql.end();
    },
  };

  const databases = await Promise.all([1, 2, 3].map(() => testDatabase({ template })));

  for (const database of databases) {
    assertEquals([...await database.sql`select number from made`], [{ number: 7 }]);
    await database[Symbol.asyncDispose]();
  }
  assertEquals(prepared, 1);
});

Deno.test("testDatabase() drops its database though others are connected", async () => {
  const database = await testDatabase();
  const other = postgres(database.url, { max: 1, onclose: () => {} });
  await other`select 1`;

  await database[Symbol.asyncDispose]();

  await assertRejects(() => other`select 1`, Error);
  await other.end();
});

Deno.test("throwawayServer() can crash and come back, and leaves nothing behind", async () => {
  const server = await throwawayServer();
  const sql = postgres(server.url(), { max: 1, onnotice: () => {} });
  await sql`create table kept as select 7 as number`;
  const before = await server.pid();

  await server.restart("immediate");

  const rows = await waitFor(() => sql`select number from kept`.catch(() => undefined), {
    what: "the server",
  });
  assertEquals([...rows], [{ number: 7 }]);
  assertEquals(await server.pid() === before, false);
  await sql.end();
  await server[Symbol.asyncDispose]();
  await assertRejects(() => Deno.stat(server.log), Deno.errors.NotFound);
});
