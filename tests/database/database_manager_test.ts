import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ConfigManager, ConfigurationError, Secret } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { embeddedHome } from "./embedded_home.ts";

function configOf(variables: Record<string, string>, environment = "production" as const) {
  return new ConfigManager(undefined, {
    environment,
    env: (name) => variables[name],
    file: new Map(),
  });
}

Deno.test("DatabaseManager is the source database unless it is named", async () => {
  await using database = new DatabaseManager();

  assertEquals(database.name, "SurveyHub");
});

Deno.test("DatabaseManager opens what the configuration names, once for many first uses", async () => {
  await using test = await testDatabase();
  const told: string[] = [];
  await using database = new DatabaseManager("rpa_db", {
    config: configOf({ PRODUCTION_GLOBAL_RPA_DB_CONNECTION_STRING: test.url }),
    applicationName: "opsdeck some-script",
    maxConnections: 2,
    notice: (message) => told.push(message),
  });

  assertEquals(database.dialect, "postgresql");
  assertEquals((await database.target()).database, test.name);
  await Promise.all(Array.from({ length: 20 }, () => database.query("select pg_sleep(0.001)")));
  const [row] = await test.sql`
    select count(*)::int as total from pg_stat_activity
    where application_name = 'opsdeck some-script' and datname = ${test.name}`;

  assert(row?.["total"] <= 2);
  assertEquals(told, []);
});

Deno.test("DatabaseManager tells once what the operator should know", async () => {
  const told: string[] = [];
  await using database = new DatabaseManager("rpa_db", {
    config: configOf({ GLOBAL_RPA_DB_CONNECTION_STRING: "postgres://ada@db.example.com/app" }),
    notice: (message) => told.push(message),
  });

  await database.target();
  await database.target();

  assertEquals(told.length, 1);
  assert(told[0]?.includes("unencrypted"));
});

Deno.test("DatabaseManager says what to set when nothing is configured", async () => {
  await using database = new DatabaseManager("rpa_db", { config: configOf({}) });

  assertThrows(() => database.dialect, ConfigurationError, "PRODUCTION_GLOBAL_RPA_DB_CONNECTION");
  await assertRejects(() => database.query("select 1"), ConfigurationError, "is not set");
  assertEquals((await database.health()).status, "unhealthy");
});

Deno.test("health() tells how long the answer took", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("rpa_db", { target: test.target });

  const { response_time_ms, ...rest } = await database.health();

  assertEquals(rest, { status: "healthy", connection: true });
  assert(typeof response_time_ms === "number" && response_time_ms > 0);
});

Deno.test("health() names no secret, and does not throw", async () => {
  await using test = await testDatabase();
  const password = new Secret("pw-that-is-wrong");
  await using database = new DatabaseManager("rpa_db", { target: { ...test.target, password } });

  const health = await database.health();

  assertEquals([health.status, health.connection], ["unhealthy", false]);
  assert(health.error !== undefined && !health.error.includes("pw-that-is-wrong"));
});

Deno.test("getSession() logs in as somebody else, and closes what it opened", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("rpa_db", { target: test.target });
  const role = `${test.name}_reader`;
  await test.sql.unsafe(`create role ${role} login password 'reader-pw'`);
  try {
    {
      await using own = await database.getSession();
      await using other = await database.getSession(role, "reader-pw");
      const [mine] = await own.query("select current_user as name");
      const [theirs] = await other.query("select current_user as name");

      assertEquals(mine?.["name"], test.target.username);
      assertEquals(theirs?.["name"], role);
    }
    await using wrong = await database.getSession(role, "wrong-pw");
    await assertRejects(() => wrong.query("select 1"), ConfigurationError);
    assertEquals(await database.query("select 1 as one"), [{ one: 1 }]);
  } finally {
    await test.sql.unsafe(`drop role ${role}`);
  }
});

Deno.test("session() runs on one connection, which ends with it", async () => {
  await using test = await testDatabase();
  await using database = new DatabaseManager("rpa_db", { target: test.target });

  const pids = await database.session(async (session) => {
    await session.query("create temporary table t (a int)");
    await session.query("insert into t values (1)");
    return await session.query("select a from t");
  });

  assertEquals(pids, [{ a: 1 }]);
  await assertRejects(() => database.query("select a from t"), ConfigurationError);
});

Deno.test("DatabaseManager makes its database on the embedded server, by many at once", async () => {
  await using home = await embeddedHome();
  const started = fromFileUrl(new URL("./database_manager_worker.ts", import.meta.url));
  const run = async (...permissions: string[]) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-prompt", "--no-check", ...permissions, started],
      env: { OPSDECK_HOME: home.folder },
    }).output();
    return { out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
  };

  const before = await run("-A");
  await home.value("start");
  const { port } = await home.description();
  const after = await Promise.all(Array.from({ length: 4 }, () =>
    run(
      "--allow-env=OPSDECK_HOME,ENVIRONMENT",
      "--ignore-env",
      `--allow-read=${home.folder}`,
      `--allow-net=127.0.0.1:${port}`,
    )));

  assert(before.out.includes("db:start"), before.out + before.err);
  for (const { out, err } of after) {
    assertEquals(JSON.parse(out), {
      rows: [{ name: "rpa_db" }],
      told: ['Using the embedded PostgreSQL for the database "rpa_db"'],
    }, err);
  }
});
