import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseConnectionError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { throwawayServer } from "../support/postgres_server.ts";
import { waitFor } from "../support/wait_for.ts";

Deno.test("DatabaseManager goes on when its server has crashed and come back", async () => {
  await using server = await throwawayServer();
  await using database = new DatabaseManager("x", { target: server.target() });
  await database.query("create table t (a int)");
  await Promise.all(Array.from({ length: 5 }, () => database.query("select pg_sleep(0.01)")));
  const rang: string[] = [];
  let listening = 0;
  await using _listener = await database.listen(
    "work",
    (payload) => rang.push(payload),
    () => listening += 1,
  );
  const lost = assertRejects(() => database.query("select pg_sleep(600)"), DatabaseConnectionError);
  await database.query("select pg_sleep(0.01)");

  await server.stop("immediate");
  await lost;
  await assertRejects(() => database.query("select 1"), DatabaseConnectionError);
  const down = await database.health();
  await server.start();

  assertEquals([down.status, down.connection, down.response_time_ms], ["unhealthy", false, null]);
  assert(down.error?.includes("Cannot reach the database"), down.error);
  assertEquals(await database.query("select count(*) as total from t"), [{ total: 0 }]);
  assertEquals((await database.health()).status, "healthy");
  await waitFor(() => listening === 2, { what: "the listener to be back" });
  await database.query("select pg_notify('work', 'a')");
  await waitFor(() => rang.length === 1, { what: "the notification" });
});

Deno.test("DatabaseManager closes without waiting for a server that is gone", async () => {
  const server = await throwawayServer();
  const database = new DatabaseManager("x", { target: server.target() });
  await database.query("select 1");
  const listener = await database.listen("work", () => {});

  await server[Symbol.asyncDispose]();

  await database.close();
  await listener[Symbol.asyncDispose]();
});
