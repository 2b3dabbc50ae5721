import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  ConfigurationError,
  DatabaseConnectionError,
  OpsdeckError,
  Secret,
  ValidationError,
} from "../../lib/core/mod.ts";
import { PostgresDriver } from "../../lib/database/postgres_driver.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { waitFor } from "../support/wait_for.ts";

async function fails(promise: Promise<unknown>): Promise<OpsdeckError> {
  const error = await assertRejects(() => promise, OpsdeckError);
  assert(!/\n/.test(error.message), "one line");
  return error;
}

Deno.test("query() gives every type as its value", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);

  const [row] = await driver.query(`
    select 9007199254740991 as big, 1.50 as decimal, 1.5::float8 as float, true as yes,
      timestamptz '2024-01-15 10:30:00.123+05:30' as zoned, timestamp '0001-01-02 03:04:05' as bare,
      date '2024-02-29' as day, '{"a":[1,null]}'::jsonb as json, '\\x00ff'::bytea as bytes,
      '{1,null,3}'::bigint[] as list, '{{a,"b,c"},{"",null}}'::text[] as nested, null as nothing,
      'ünï' as text`);

  assertEquals<unknown>(row, {
    big: 9007199254740991,
    decimal: "1.50",
    float: 1.5,
    yes: true,
    zoned: new Date("2024-01-15T05:00:00.123Z"),
    bare: new Date("0001-01-02T03:04:05Z"),
    day: new Date("2024-02-29T00:00:00Z"),
    json: { a: [1, null] },
    bytes: new Uint8Array([0, 255]),
    list: [1, null, 3],
    nested: [["a", "b,c"], ["", null]],
    nothing: null,
    text: "ünï",
  });
});

Deno.test("query() gives each row a time of its own", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);

  const [first, second] = await driver.query<{ at: Date }>(
    "select timestamptz '2024-01-15 10:30:00Z' as at from generate_series(1, 2)",
  );
  first?.at.setFullYear(1999);

  assertEquals(second?.at, new Date("2024-01-15T10:30:00Z"));
});

Deno.test("query() sends every value as the parameter's type", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);
  const at = new Date("2024-01-15T05:00:00.123Z");
  const table: [type: string, value: unknown][] = [
    ["bigint", 9007199254740991],
    ["bigint[]", [1, 2, null]],
    ["bigint[]", []],
    ["text", 'it\'s \\ "quoted"'],
    ["text[]", ["a,b", '"', "\\", "", "null", null]],
    ["text[]", [["a"], ["b"]]],
    ["boolean", true],
    ["boolean[]", [true, false]],
    ["float8", 0.1],
    ["timestamptz", at],
    ["timestamptz[]", [at, null]],
    ["jsonb", { a: [1, "é", null] }],
    ["jsonb", [true, { a: 1 }]],
    ["jsonb", [1, 2]],
    ["jsonb[]", [{ a: 1 }, { b: '"' }]],
    ["bytea", new Uint8Array([0, 255, 39])],
    ["integer", null],
  ];

  for (const [type, value] of table) {
    // The second time goes through the statement that the first has prepared.
    for (let time = 1; time <= 2; time++) {
      const [row] = await driver.query(`select $1::${type} as value`, [value]);
      assertEquals(row?.["value"], value, `${type}, time ${time}`);
    }
  }
});

Deno.test("query() takes a list of ten thousand", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);
  const numbers = Array.from({ length: 10_000 }, (_, index) => index * 1_000_003);

  const rows = await driver.query<{ id: number }>("select unnest($1::bigint[]) as id", [numbers]);

  assertEquals(rows.map((row) => row.id), numbers);
});

Deno.test("query() refuses what it cannot carry, and goes on", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  const circle: Record<string, unknown> = {};
  circle["circle"] = circle;

  for (let time = 1; time <= 2; time++) {
    const missing = await fails(driver.query("select $1::text, $2::text", ["a", undefined]));
    assert(missing instanceof ValidationError && missing.message.includes("parameter $2"));
    await fails(driver.query("select $1::text[] as list", [["a", undefined]]));
    await fails(driver.query("select $1::text as text", ["a\0b"]));
    await fails(driver.query("select $1::jsonb as json", [{ a: "a\0b" }]));
    await fails(driver.query("select $1::int as number", ["x"]));
    // Both fail before anything is sent, the second time; the driver would forget the second one.
    const noTime = await fails(driver.query("select $1::timestamptz as at", [new Date(NaN)]));
    const noJson = await fails(driver.query("select $1::jsonb as json", [circle]));
    assert(noTime instanceof ValidationError && noJson instanceof ValidationError);
    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
  }
});

Deno.test("query() refuses a number or a time that would not come back the same", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });

  const many = await fails(
    driver.query("select 9007199254740992 + g as big from generate_series(0, 2000) g"),
  );
  assertEquals(many.code, "NUMBER_TOO_LARGE");
  for (const time of ["infinity", "0044-03-15 BC", "12024-01-01"]) {
    assertEquals(
      (await fails(driver.query(`select timestamptz '${time}' as at`))).code,
      "TIME_OUT_OF_RANGE",
    );
  }
  assertEquals(await driver.query("select 9007199254740992::text as big"), [
    { big: "9007199254740992" },
  ]);
});

Deno.test("query() runs several statements without parameters and gives the last one's rows", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);

  assertEquals(await driver.query("create table t (a int); select 1 as a; select 2 as a"), [
    { a: 2 },
  ]);
  assertEquals(await driver.query("insert into t values (1)"), []);
});

Deno.test("query() gives the rows of its own statement after one that failed in its rows", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  const dividing = "select 10 / (3 - g) as quotient from generate_series(1, 5) g";

  for (
    const next of ["select 1 as a union all select 2", "select 0; select 1 as a union select 2"]
  ) {
    await fails(driver.query(dividing));
    assertEquals(await driver.query(next), [{ a: 1 }, { a: 2 }]);
    await fails(driver.query(dividing));
    assertEquals(await driver.query("select 1 as a where $1", [false]), []);
  }
});

Deno.test("query() fails with the error that says what to do", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);

  const missing = await fails(driver.query("select * from no_such_table"));
  assert(missing instanceof ConfigurationError);
  assertEquals(missing.code, "SCHEMA_MISSING");

  const wrongPassword = new PostgresDriver({
    ...database.target,
    password: new Secret("not-the-password"),
  });
  const login = await fails(wrongPassword.query("select 1"));
  assert(login instanceof ConfigurationError);
  assertEquals([login.exitCode, login.code], [2, "LOGIN_REFUSED"]);
  assert(!Deno.inspect(login).includes("not-the-password"));
  await wrongPassword.close();

  const wrongName = new PostgresDriver({ ...database.target, database: "no_such_database" });
  const unknown = await fails(wrongName.query("select 1"));
  assertEquals([unknown.exitCode, unknown.code], [2, "DATABASE_UNKNOWN"]);
  await wrongName.close();

  const { username: _, ...anonymous } = database.target;
  const nobody = new PostgresDriver(anonymous);
  assert((await fails(nobody.query("select 1"))).message.includes("no user is named"));
  await nobody.close();
});

Deno.test("query() says that nobody listens, hangs up or answers at the address", async () => {
  await using database = await testDatabase();
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  await using nobody = new PostgresDriver({ ...database.target, port });
  assert(await fails(nobody.query("select 1")) instanceof DatabaseConnectionError);

  using rude = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const rudeLoop = (async () => {
    for await (const connection of rude) connection.close();
  })();
  for (const mode of ["disable", "prefer"] as const) {
    await using hungUp = new PostgresDriver({
      ...database.target,
      port: rude.addr.port,
      tls: { mode },
    });
    assert(await fails(hungUp.query("select 1")) instanceof DatabaseConnectionError, mode);
  }

  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using waiting = new PostgresDriver({
    ...database.target,
    port: silent.addr.port,
    connectTimeoutMs: 100,
  });
  const timedOut = await fails(waiting.query("select 1"));
  assert(timedOut instanceof DatabaseConnectionError);
  assert(timedOut.message.includes("did not answer within 100 ms"));
  rude.close();
  await rudeLoop;
});

Deno.test("query() stops on the server when its deadline passes", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });

  const error = await fails(driver.query("select pg_sleep(600)", [], { timeoutMs: 50 }));

  assertEquals([error.code, error.retryable], ["DATABASE_TIMEOUT", true]);
  const running = await database.sql`
    select 1 from pg_stat_activity where query like '%pg_sleep(600)%' and state = 'active'
      and pid <> pg_backend_pid()`;
  assertEquals(running.length, 0);
  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
});

Deno.test("query() stops on the server when its signal aborts", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  const stop = new AbortController();
  const query = driver.query("select pg_sleep(601)", [], { signal: stop.signal });
  const active = () =>
    database.sql`
      select 1 from pg_stat_activity where query = 'select pg_sleep(601)' and state = 'active'`;
  await waitFor(async () => (await active()).length === 1, { what: "the query to run" });

  const reason = new Error("enough");
  stop.abort(reason);

  assertEquals(await assertRejects(() => query, Error), reason);
  assertEquals((await active()).length, 0);
  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
  assertEquals(
    await assertRejects(() => driver.query("select 1", [], { signal: stop.signal }), Error),
    reason,
  );
});

Deno.test("query() leaves no later query to a cancel that came too late", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });

  for (let round = 0; round < 100; round++) {
    const stop = new AbortController();
    const first = driver.query("select 1 as one", [], { signal: stop.signal });
    queueMicrotask(() => stop.abort());
    await first.catch(() => {});
    assertEquals(
      await driver.query("select pg_sleep(0.001), 2 as two").then(([row]) => row?.["two"]),
      2,
    );
  }
});

Deno.test("query() may run longer on the server than its default when it asks to", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  const setting = async (timeoutMs?: number) => {
    const [row] = await driver.query<{ statement_timeout: string }>(
      "show statement_timeout",
      [],
      timeoutMs === undefined ? {} : { timeoutMs },
    );
    return row?.statement_timeout;
  };

  assertEquals(await setting(), "5min");
  assertEquals(await setting(3_600_000), "1h");
  for (const timeoutMs of [0, -1, NaN, Infinity, 2 ** 31]) {
    assert(await fails(driver.query("select 1", [], { timeoutMs })) instanceof ValidationError);
  }
});

Deno.test("query() never opens more connections than the most, and all queries run", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(
    { ...database.target, applicationName: "pool of three" },
    { maxConnections: 3 },
  );

  const rows = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      driver.query<{ pid: number; index: number }>(
        "select pg_backend_pid() as pid, $1::int as index",
        [index],
      )),
  );

  assertEquals(rows.map(([row]) => row?.index), Array.from({ length: 50 }, (_, index) => index));
  assert(new Set(rows.map(([row]) => row?.pid)).size <= 3);
  const names = await database.sql`
    select distinct application_name as name from pg_stat_activity
    where application_name like 'pool%'`;
  assertEquals([...names], [{ name: "pool of three" }]);
});

Deno.test("query() waits for a connection no longer than its deadline and its signal", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });

  await driver.transaction(async () => {
    const late = await fails(driver.query("select 1", [], { timeoutMs: 50 }));
    assertEquals(late.code, "DATABASE_TIMEOUT");
    const stop = new AbortController();
    const waiting = driver.query("select 1", [], { signal: stop.signal });
    stop.abort(new Error("enough"));
    assertEquals((await assertRejects(() => waiting, Error)).message, "enough");
  });

  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
});

Deno.test("query() rejects with DatabaseConnectionError when its connection is ended", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  const failure = fails(driver.query("select pg_sleep(602)"));
  await waitFor(
    async () =>
      (await database.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where query = 'select pg_sleep(602)' and state = 'active'`).length === 1,
    { what: "the query to be ended" },
  );

  const error = await failure;

  assert(error instanceof DatabaseConnectionError && error.retryable);
  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
});

Deno.test("query() reads nothing from the environment", async () => {
  await using database = await testDatabase();
  const module = new URL("../../lib/database/mod.ts", import.meta.url).href;
  const code = `
    import { DatabaseManager, parseConnectionString } from ${JSON.stringify(module)};
    const target = parseConnectionString(Deno.args[0]);
    await using database = new DatabaseManager("x", { target });
    console.log(JSON.stringify(await database.query("select current_database() as name")));`;
  const { host, port } = database.target;
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(script, code);
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        "--no-check",
        "--config",
        fromFileUrl(new URL("../../deno.json", import.meta.url)),
        `--allow-net=${host}:${port}`,
        "--ignore-env",
        script,
        database.url,
      ],
      env: { PGHOST: "192.0.2.1", PGDATABASE: "other", PGPASSWORD: "other", PGPORT: "1" },
    }).output();

    assertEquals(new TextDecoder().decode(output.stderr), "");
    assertEquals(JSON.parse(new TextDecoder().decode(output.stdout)), [{ name: database.name }]);
  } finally {
    await Deno.remove(script);
  }
});

Deno.test("query() says which permission is missing", async () => {
  const script = fromFileUrl(new URL("./postgres_permission_worker.ts", import.meta.url));
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--no-check", "--ignore-env", script],
  }).output();

  const [code, message] = JSON.parse(new TextDecoder().decode(output.stdout));
  assertEquals(code, "PERMISSION_MISSING");
  assert(message.includes("--allow-net"), message);
});

Deno.test("transaction() commits what its work did, and rolls back what failed", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  await driver.query("create table t (a int primary key)");

  const given = await driver.transaction(async (session) => {
    await session.query("insert into t values (1)");
    return "done";
  });
  const reason = new Error("enough");
  const thrown = await assertRejects(() =>
    driver.transaction(async (session) => {
      await session.query("insert into t values (2)");
      throw reason;
    }), Error);

  assertEquals(given, "done");
  assertEquals(thrown, reason);
  assertEquals(await driver.query("select a from t"), [{ a: 1 }]);
});

Deno.test("transaction() does not pass for committed when a statement had failed", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  await driver.query("create table t (a int primary key)");

  const error = await fails(driver.transaction(async (session) => {
    await session.query("insert into t values (1)");
    await session.query("insert into t values (1)").catch(() => {});
  }));

  assertEquals(error.code, "TRANSACTION_ABORTED");
  assert(error.cause instanceof OpsdeckError);
  assertEquals(await driver.query("select a from t"), []);
});

Deno.test("transaction() stops and rolls back when its signal aborts", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });
  await driver.query("create table t (a int)");
  const stop = new AbortController();
  const reason = new Error("enough");

  const thrown = await assertRejects(() =>
    driver.transaction(async (session) => {
      await session.query("insert into t values (1)");
      queueMicrotask(() => stop.abort(reason));
      await session.query("select pg_sleep(603)");
    }, { signal: stop.signal }), Error);

  assertEquals(thrown, reason);
  assertEquals(await driver.query("select a from t"), []);
});

Deno.test("transaction() stops its other queries when one has failed", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 1 });

  const error = await fails(driver.transaction(async (session) => {
    await Promise.all([
      session.query("select pg_sleep(0)"),
      Promise.reject(new OpsdeckError("first")),
      session.query("select pg_sleep(604)"),
    ]);
  }));

  assertEquals(error.message, "first");
  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
});

Deno.test("transaction() runs nothing outside of itself once its connection is lost", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target, { maxConnections: 2 });
  await driver.query("create table t (a int)");
  const seen: unknown[] = [];

  const error = await fails(driver.transaction(async (session) => {
    const [row] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
    await database.sql`select pg_terminate_backend(${row?.pid ?? 0})`;
    for (let time = 1; time <= 3; time++) {
      await session.query("insert into t values (1)").catch((error) => seen.push(error));
    }
  }));

  assert(error instanceof DatabaseConnectionError);
  assertEquals(seen.map((error) => error instanceof DatabaseConnectionError), [true, true, true]);
  assertEquals(await driver.query("select a from t"), []);
});

Deno.test("transaction() ends its session with it", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);

  const session = await driver.transaction((session) => Promise.resolve(session));

  assertEquals((await fails(session.query("select 1"))).code, "SESSION_ENDED");
});

Deno.test("transaction() runs at the isolation that it is asked for", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);

  const rows = await driver.transaction(
    (session) => session.query("show transaction_isolation"),
    { isolation: "repeatable read" },
  );

  assertEquals(rows, [{ transaction_isolation: "repeatable read" }]);
});

Deno.test("reserve() keeps the session's state to itself, and lets go of it", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);
  const isFree = async () => {
    const [row] = await driver.query<{ free: boolean }>("select pg_try_advisory_lock(7) as free");
    if (row?.free) await driver.query("select pg_advisory_unlock_all()");
    return row?.free;
  };

  {
    await using session = await driver.reserve();
    await session.query("select pg_advisory_lock(7)");
    assertEquals(await isFree(), false);
  }

  await waitFor(isFree, { what: "the lock to be free" });
});

Deno.test("reserve() stays lost once its connection is lost", async () => {
  await using database = await testDatabase();
  await using driver = new PostgresDriver(database.target);
  await using session = await driver.reserve();
  const [row] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");

  await database.sql`select pg_terminate_backend(${row?.pid ?? 0})`;

  await waitFor(
    () => session.query("select 1").then(() => false, (error) => error),
    { what: "the loss to be noticed" },
  );
  assert(await fails(session.query("select 1")) instanceof DatabaseConnectionError);
});

Deno.test("close() lets running queries end, and refuses new ones", async () => {
  await using database = await testDatabase();
  const driver = new PostgresDriver(database.target, { maxConnections: 2 });
  const running = driver.query("select pg_sleep(0.05), 1 as one");
  const opening = driver.query("select 2 as two");
  await driver.query("select 1").catch(() => {});

  await driver.close();

  assertEquals((await running)[0]?.["one"], 1);
  assertEquals((await opening)[0]?.["two"], 2);
  assertEquals((await fails(driver.query("select 1"))).code, "DATABASE_CLOSED");
  await driver.close();
});

Deno.test("close() ends queries that do not end by themselves", async () => {
  await using database = await testDatabase();
  const driver = new PostgresDriver(database.target);
  await driver.query("select 1");
  const running = fails(driver.query("select pg_sleep(605)"));

  await driver.close({ timeoutMs: 20 });

  assert(await running instanceof DatabaseConnectionError);
});
