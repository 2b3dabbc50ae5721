import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseConnectionError, OpsdeckError } from "../../lib/core/mod.ts";
import { SqlServerDriver } from "../../lib/database/sqlserver_driver.ts";
import { type DialectDatabase, dialectDatabase } from "../support/both_dialects.ts";
import { waitFor } from "../support/wait_for.ts";

const deadlock = { number: 1205, message: "Transaction was deadlocked.", severity: 13 };

/** Runs a test on the double, with a table `t (a int primary key)` and one connection. */
async function onDouble(
  work: (
    driver: SqlServerDriver,
    double: NonNullable<DialectDatabase["double"]>,
    rows: () => Promise<unknown[]>,
  ) => Promise<void>,
): Promise<void> {
  await using database = await dialectDatabase("sqlserver");
  const { double, postgres } = database;
  assert(double !== undefined);
  await postgres.sql`create table t (a int primary key)`;
  await using driver = new SqlServerDriver(database.target, { maxConnections: 1 });
  await work(driver, double, async () => {
    const rows = await postgres.sql`select a from t order by a`;
    return rows.map((row) => row["a"]);
  });
}

Deno.test("transaction() on SQL Server commits what it did, and rolls back what failed", () =>
  onDouble(async (driver, double, rows) => {
    const stored = await driver.transaction(async (session) => {
      assertEquals(await session.execute("insert into t (a) values (1), (2)"), 2);
      return await session.query("select count(*) as total from t");
    });
    const failure = driver.transaction(async (session) => {
      await session.query("insert into t (a) values (3)");
      throw new Error("changed my mind");
    });

    assertEquals(stored, [{ total: 2 }]);
    await assertRejects(() => failure, Error, "changed my mind");
    assertEquals(await rows(), [1, 2]);
    assertEquals(double.logins, 1);
  }));

Deno.test("transaction() on SQL Server runs its statements one at a time", () =>
  onDouble(async (driver, _double, rows) => {
    await driver.transaction(async (session) => {
      const all = [1, 2, 3].map((a) => session.query("insert into t (a) values ($1)", [a]));
      await Promise.all(all);
    });

    assertEquals(await rows(), [1, 2, 3]);
  }));

Deno.test("transaction() on SQL Server stores nothing once a statement has failed", () =>
  onDouble(async (driver, double, rows) => {
    const swallowing = driver.transaction(async (session) => {
      await session.query("insert into t (a) values (1)");
      await session.query("insert into t (a) values (1)").catch(() => {});
      await session.query("insert into t (a) values (2)");
    });
    const error = await assertRejects(() => swallowing, OpsdeckError);
    assertEquals(error.code, "TRANSACTION_ABORTED");
    assertEquals(double.statements.at(-1), "rollback transaction");

    double.plan(/values \(7\)/, { kind: "error", error: deadlock });
    const deadlocked = driver.transaction(async (session) => {
      await session.query("insert into t (a) values (3)");
      await session.query("insert into t (a) values (7)").catch(() => {});
      await session.query("insert into t (a) values (4)").catch(() => {});
    });
    assertEquals((await assertRejects(() => deadlocked, OpsdeckError)).code, "TRANSACTION_ABORTED");

    assertEquals(await rows(), []);
    assertEquals(double.logins, 1);
  }));

Deno.test("transaction() on SQL Server rejects a deadlock's victim as worth retrying", () =>
  onDouble(async (driver, double, rows) => {
    for (const pattern of [/values \(2\)/, /^commit/]) {
      double.plan(pattern, { kind: "error", error: deadlock });
      const error = await assertRejects(
        () =>
          driver.transaction(async (session) => {
            await session.query("insert into t (a) values (1)");
            await session.query("insert into t (a) values (2)");
          }),
        OpsdeckError,
      );
      assertEquals([error.code, error.retryable], ["DATABASE_CONFLICT", true]);
      assertEquals(error.context["error_number"], 1205);
    }

    assertEquals(await rows(), []);
    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
  }));

Deno.test("transaction() on SQL Server rolls back when it is stopped or its time is over", () =>
  onDouble(async (driver, double, rows) => {
    const slow = "waitfor delay '00:10:00'";
    const late = driver.transaction(async (session) => {
      await session.query("insert into t (a) values (1)");
      await session.query(slow, [], { timeoutMs: 50 });
    });
    assertEquals((await assertRejects(() => late, OpsdeckError)).code, "DATABASE_TIMEOUT");

    const stop = new AbortController();
    const stopped = driver.transaction(async (session) => {
      await session.query("insert into t (a) values (2)");
      await session.query(`${slow} -- again`);
    }, { signal: stop.signal });
    await waitFor(() => double.statements.includes(`${slow} -- again`), { what: "the statement" });
    stop.abort(new Error("enough"));
    await assertRejects(() => stopped, Error, "enough");

    assertEquals(await rows(), []);
    assertEquals(double.logins, 1);
  }));

Deno.test("transaction() on SQL Server loses everything with its connection, but a commit", () =>
  onDouble(async (driver, double, rows) => {
    const insert = (a: number) =>
      assertRejects(
        () => driver.transaction((session) => session.query("insert into t (a) values ($1)", [a])),
        DatabaseConnectionError,
      );
    const places: [pattern: RegExp, moment: "before" | "after"][] = [
      [/begin/, "before"],
      [/begin/, "after"],
      [/insert/, "before"],
      [/insert/, "after"],
      [/^commit/, "before"],
    ];

    for (const [pattern, moment] of places) {
      double.plan(pattern, { kind: "break", moment });
      await insert(1);
    }
    double.plan(/^commit/, { kind: "break", moment: "after" });
    await insert(2);

    assertEquals(await rows(), [2]);
    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
  }));

Deno.test("transaction() on SQL Server has the isolation that is asked for, and no other one", () =>
  onDouble(async (driver, double) => {
    for (const isolation of ["serializable", "repeatable read", undefined] as const) {
      const options = isolation === undefined ? {} : { isolation };
      await driver.transaction(() => Promise.resolve(), options);
    }

    assertEquals(double.statements.filter((text) => text.startsWith("begin")), [
      "begin transaction serializable",
      "begin transaction repeatable read",
      "begin transaction read committed",
    ]);
  }));

Deno.test("SqlServerDriver hands no session on with what a transaction has set", () =>
  onDouble(async (driver) => {
    const timeout = "select current_setting('lock_timeout') as setting";

    await driver.transaction(async (session) => {
      await session.query("set lock_timeout 1234");
      assertEquals(await session.query(timeout), [{ setting: "1234ms" }]);
    });

    assertEquals(await driver.query(timeout), [{ setting: "0" }]);
    await driver.transaction((session) => session.query("set lock_timeout 1234"));
    await driver.transaction(async (session) => {
      assertEquals(await session.query(timeout), [{ setting: "0" }]);
    });
  }));

Deno.test("SqlServerDriver rejects when a session cannot be made as new, and opens another one", () =>
  onDouble(async (driver, double) => {
    await driver.transaction((session) => session.query("select 1"));
    double.breakAll();
    await waitFor(() => double.sessions === 0, { what: "the end of the session" });

    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
  }));
