import { assertEquals, assertRejects } from "@std/assert";
import { ConfigurationError, ValidationError } from "../../lib/core/mod.ts";
import { DatabaseManager, parseConnectionString } from "../../lib/database/mod.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { waitFor } from "../support/wait_for.ts";

Deno.test("listen() hears its channel alone, whatever it is called", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  const rang: string[] = [];
  let listening = 0;
  const channel = 'Odd "channel"; drop table x';

  await using _other = await database.listen("other", () => rang.push("wrong"));
  await using _listener = await database.listen(
    channel,
    (payload) => rang.push(payload),
    () => listening += 1,
  );
  await database.query("select pg_notify($1, $2)", [channel, "one"]);
  await database.query("select pg_notify($1, '')", [channel]);

  await waitFor(() => rang.length >= 2, { what: "the notifications" });
  assertEquals(rang, ["one", ""]);
  assertEquals(listening, 1);
});

Deno.test("listen() begins again when its connection is ended, until it is disposed", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  let listening = 0;
  const listener = await database.listen("work", () => {}, () => listening += 1);
  const end = () =>
    test.sql`
      select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "work"'`;

  assertEquals((await end()).length, 1);
  await waitFor(() => listening === 2, { what: "listening to begin again" });
  await listener[Symbol.asyncDispose]();

  await waitFor(async () => (await end()).length === 0, { what: "the connection to be gone" });
  assertEquals(listening, 2);
});

Deno.test("listen() refuses a nameless channel and SQL Server", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("x", { target: test.target });
  await using source = new DatabaseManager("y", {
    target: parseConnectionString("mssql://ada:pw@127.0.0.1:1/app"),
  });

  await assertRejects(() => database.listen("", () => {}), ValidationError, "needs a name");
  await assertRejects(() => database.listen("a\0b", () => {}), ValidationError, "NUL");
  await assertRejects(() => source.listen("work", () => {}), ConfigurationError, "PostgreSQL");
});
