import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseConnectionError, OpsdeckError } from "../../lib/core/mod.ts";
import { DatabaseManager, listItems } from "../../lib/database/mod.ts";
import { testBothDialects } from "../support/both_dialects.ts";

testBothDialects("execute() gives how many rows a statement has changed", async (database) => {
  await using manager = new DatabaseManager("x", { target: database.target });

  assertEquals(await manager.execute("create table t (a bigint)"), 0);
  assertEquals(await manager.execute("insert into t (a) values (1), (2), ($1)", [3]), 3);
  assertEquals(await manager.execute("update t set a = 0 where a > $1", [1]), 2);
  assertEquals(
    await manager.transaction((session) => session.execute("delete from t where a = 0")),
    2,
  );
  assertEquals(await manager.session((session) => session.execute("delete from t")), 1);
  await using session = await manager.getSession();
  assertEquals(await session.execute("delete from t"), 0);
  const error = await assertRejects(() => manager.execute("delete from missing"), OpsdeckError);
  assertEquals(error.code, "SCHEMA_MISSING");
});

testBothDialects("listItems() takes lists of any length and content", async (database) => {
  await using manager = new DatabaseManager("x", { target: database.target });
  const { dialect } = manager;
  const ids = Array.from({ length: 10_000 }, (_, index) => index * 1_000_000_000);
  const texts = ["", "O'Brien", '"quoted"', "a,b{c}", "\\", "null", "é😀", "x".repeat(5_000)];

  const numbers = await manager.query<{ total: number; largest: number }>(
    `select count(*) as total, max("value") as largest
     from (${listItems(dialect, "$1", "bigint")}) items_of_list`,
    [ids],
  );
  const rows = await manager.query(listItems(dialect, "$1", "text"), [texts]);

  assertEquals(numbers, [{ total: 10_000, largest: 9_999_000_000_000 }]);
  assertEquals(rows.map((row) => row["value"]), texts);
  assertEquals(await manager.query(listItems(dialect, "$1", "bigint"), [[]]), []);
});

testBothDialects(
  "A query says when no connection becomes free before its deadline",
  async (database) => {
    await using manager = new DatabaseManager("x", { target: database.target, maxConnections: 1 });
    const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
    const { promise: until, resolve: goOn } = Promise.withResolvers<void>();
    const holding = manager.transaction(async (session) => {
      await session.query("select 1");
      isHeld();
      await until;
    });
    await held;

    const error = await assertRejects(
      () => manager.query("select 1", [], { timeoutMs: 20 }),
      OpsdeckError,
    );
    goOn();
    await holding;

    assertEquals([error.code, error.retryable], ["DATABASE_TIMEOUT", true]);
    assertEquals(error.context, { timeoutMs: 20, maxConnections: 1 });
    assert(!(error instanceof DatabaseConnectionError));
  },
);

testBothDialects("DatabaseManager.health() reports a database of either kind", async (database) => {
  await using manager = new DatabaseManager("x", { target: database.target });

  const { status, connection, response_time_ms } = await manager.health();

  assertEquals([status, connection], ["healthy", true]);
  assert(response_time_ms !== null && response_time_ms > 0);
});
