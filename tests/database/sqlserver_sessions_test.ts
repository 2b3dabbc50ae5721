import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { DatabaseConnectionError, OpsdeckError } from "../../lib/core/mod.ts";
import { SqlServerDriver } from "../../lib/database/sqlserver_driver.ts";
import { type DialectDatabase, dialectDatabase } from "../support/both_dialects.ts";
import { waitFor } from "../support/wait_for.ts";

const slow = "waitfor delay '00:10:00'";

/** Runs a test on the double, whose server is at hand. */
async function onDouble(
  options: { maxConnections?: number },
  work: (
    driver: SqlServerDriver,
    double: NonNullable<DialectDatabase["double"]>,
    database: DialectDatabase,
  ) => Promise<void>,
): Promise<void> {
  await using database = await dialectDatabase("sqlserver");
  const { double } = database;
  assert(double !== undefined);
  await using driver = new SqlServerDriver(database.target, options);
  await work(driver, double, database);
}

async function fails(work: Promise<unknown>): Promise<OpsdeckError> {
  return await assertRejects(() => work, OpsdeckError);
}

/** Waits until a statement has come to the server. */
async function hasCome(double: { statements: string[] }, text: string): Promise<void> {
  await waitFor(() => double.statements.includes(text), { what: text });
}

Deno.test("SqlServerDriver stops a query at its deadline and keeps the connection", () =>
  onDouble({ maxConnections: 1 }, async (driver, double) => {
    const [before] = await driver.query("select @@spid as spid");

    const error = await fails(driver.query(slow, [], { timeoutMs: 50 }));

    assertEquals([error.code, error.retryable], ["DATABASE_TIMEOUT", true]);
    assert(error.message.includes("50 ms"), error.message);
    assertEquals(await driver.query("select @@spid as spid"), [before]);
    assertEquals(double.logins, 1);
  }));

Deno.test("SqlServerDriver stops a query when its signal aborts, with the signal's reason", () =>
  onDouble({ maxConnections: 1 }, async (driver, double) => {
    const stop = new AbortController();
    const running = driver.query(slow, [], { signal: stop.signal });
    await hasCome(double, slow);

    stop.abort(new Error("enough"));

    await assertRejects(() => running, Error, "enough");
    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
    assertEquals(double.logins, 1);
  }));

Deno.test("SqlServerDriver waits for a free connection no longer than the deadline", () =>
  onDouble({ maxConnections: 2 }, async (driver, double) => {
    const stop = new AbortController();
    const holding = [1, 2].map(() =>
      assertRejects(() => driver.query(slow, [], { signal: stop.signal }), Error, "enough")
    );
    await waitFor(() => double.statements.length === 2, { what: "both queries" });

    const late = await fails(driver.query("select 1", [], { timeoutMs: 50 }));
    const aborted = driver.query("select 1", [], { signal: AbortSignal.timeout(50) });
    await assertRejects(() => aborted, DOMException);
    const waiting = driver.query("select 1 as one");
    stop.abort(new Error("enough"));

    assertEquals(late.code, "DATABASE_TIMEOUT");
    assert(late.message.includes("none of the 2 connections became free"), late.message);
    await Promise.all(holding);
    assertEquals(await waiting, [{ one: 1 }]);
    assertEquals(double.logins, 2);
  }));

Deno.test("SqlServerDriver rejects a query whose connection breaks, and opens another one", () =>
  onDouble({ maxConnections: 1 }, async (driver, double) => {
    for (const moment of ["before", "after"] as const) {
      const broken = double.plan(/as doomed/, { kind: "break", moment });
      const error = await assertRejects(
        () => driver.query("select 1 as doomed"),
        DatabaseConnectionError,
      );
      await broken;
      assertEquals([error.exitCode, error.retryable], [4, true]);
    }

    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
    assertEquals(double.logins, 3);
  }));

Deno.test("SqlServerDriver goes on after the server has ended its idle connections", () =>
  onDouble({}, async (driver, double) => {
    await Promise.all([driver.query("select 1"), driver.query("select 2")]);
    assertEquals(double.sessions, 2);

    double.breakAll();
    await waitFor(() => double.sessions === 0, { what: "the end of the sessions" });

    // A query that is sent before the end was heard of is lost.
    const isAnswered = () => driver.query("select 3 as three").then(() => true, () => false);
    await waitFor(isAnswered, { what: "an answer on a new connection" });
    assertEquals(await driver.query("select 3 as three"), [{ three: 3 }]);
  }));

Deno.test("SqlServerDriver reports what the server refuses, by its number", () =>
  onDouble({ maxConnections: 1 }, async (driver, double) => {
    await driver.query("create table t (a int primary key)");
    await driver.query("insert into t (a) values (1)");
    const throttled = { number: 40501, message: "The service is currently busy." };
    double.plan(/as busy/, { kind: "error", error: throttled });
    const full = { number: 1105, message: "Could not allocate space." };
    double.plan(/as full/, { kind: "error", error: full });
    const table: [text: string, code: string, number: number][] = [
      ["select 1 as busy", "DATABASE_CONFLICT", 40501],
      ["select 1 as full", "DATABASE_RESOURCES", 1105],
      ["select * from missing", "SCHEMA_MISSING", 208],
      ["insert into t (a) values (1)", "DATABASE_STATEMENT", 2627],
      ["selekt 1", "DATABASE_STATEMENT", 102],
    ];

    for (const [text, code, number] of table) {
      const error = await fails(driver.query(text));
      assertEquals([error.code, error.context["error_number"]], [code, number]);
    }
    assertEquals(double.logins, 1);
  }));

Deno.test("SqlServerDriver.reserve() gives a connection of one's own, which stays lost", () =>
  onDouble({ maxConnections: 1 }, async (driver, double) => {
    {
      await using session = await driver.reserve();
      const [own] = await session.query("select @@spid as spid");
      const [pooled] = await driver.query("select @@spid as spid");
      assert(own?.["spid"] !== pooled?.["spid"]);
      assertEquals(await session.execute("create table t (a int)"), 0);

      double.breakAll();
      await waitFor(() => double.sessions === 0, { what: "the end of the sessions" });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await assertRejects(() => session.query("select 1"), DatabaseConnectionError);
      }
    }
    assertEquals(double.logins, 2);
  }));

Deno.test("SqlServerDriver.close() lets running queries end and stops those that do not", () =>
  onDouble({}, async (driver, double) => {
    const short = "waitfor delay '00:00:00.2'";
    const ending = driver.query(short);
    const endless = driver.query(slow);
    const failure = assertRejects(() => endless, DatabaseConnectionError);
    await hasCome(double, short);
    await hasCome(double, slow);

    const closing = driver.close({ timeoutMs: 1_000 });

    assertEquals(await ending, []);
    await closing;
    await failure;
    await waitFor(() => double.sessions === 0, { what: "the end of the sessions" });
  }));

Deno.test("A process ends by itself with a SQL Server pool that was never closed", async () => {
  await using database = await dialectDatabase("sqlserver");
  const worker = fromFileUrl(new URL("./sqlserver_unclosed_worker.ts", import.meta.url));

  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", worker, database.double?.connectionString ?? ""],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);

  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals([code, signal, new TextDecoder().decode(stdout)], [0, null, '[{"one":1}]\n']);
});
