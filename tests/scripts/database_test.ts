import { assertEquals, assertMatch, assertObjectMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { packageCacheFolder } from "../../lib/database/embedded/mod.ts";
import {
  runPrintedLine,
  runScript,
  type ScriptResult,
  startScript,
} from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";

/** The script with an OPSDECK_HOME of its own, and the flags which that needs. */
interface DatabaseScript extends AsyncDisposable {
  readonly folder: string;
  readonly permissions: string[];
  run(args: string[], env?: Record<string, string>): Promise<ScriptResult>;
}

async function databaseScript(): Promise<DatabaseScript> {
  const temporary = await temporaryFolder("database");
  const folder = temporary.path;
  const permissions = [
    `--allow-read=${folder},${packageCacheFolder()}`,
    `--allow-write=${folder}`,
    `--allow-run=${join(folder, "postgresql/18/bin/pg_ctl")}`,
  ];
  const run = (args: string[], env: Record<string, string> = {}) =>
    runScript("database", args, { env: { OPSDECK_HOME: folder, ...env }, permissions });
  return {
    folder,
    permissions,
    run,
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

Deno.test("database starts the server once, finds it and stops it", async () => {
  await using database = await databaseScript();

  const before = await database.run(["status"]);
  const start = await database.run(["start", "--json"]);
  const again = await database.run(["start"]);
  const status = await database.run(["status", "--json"]);
  const stop = await database.run(["stop"]);
  const after = await database.run(["stop", "--json"]);

  assertEquals(before.code, 1);
  assertStringIncludes(before.stdout, "deno task db:start");
  assertEquals([start.code, start.stderr], [0, ""]);
  assertObjectMatch(Object(start.json()), { running: true, started: true, host: "127.0.0.1" });
  assertMatch(again.stdout, /^PostgreSQL 18\.\d+ is running already on 127\.0\.0\.1:\d+ /);
  assertEquals(status.code, 0);
  assertEquals(Object(status.json()).pid, Object(start.json()).pid);
  assertEquals(Object(status.json()).password, undefined);
  assertEquals([stop.code, stop.stdout], [0, "PostgreSQL stopped\n"]);
  assertEquals(after.json(), { stopped: false });
});

Deno.test("database --dry-run says what would be done, and does nothing", async () => {
  await using database = await databaseScript();
  const configured = { ENVIRONMENT: "production" };

  const start = await database.run(["start", "--dry-run"]);
  const ensure = await database.run(["ensure", "--dry-run", "--json"]);
  const unneeded = await database.run(["ensure", "--dry-run", "--json"], configured);
  const line = await database.run(["start", "--dry-run", "--print-permissions"]);
  const untouched = await Array.fromAsync(Deno.readDir(database.folder));
  await database.run(["start"]);
  const again = await database.run(["start", "--dry-run"]);
  const stop = await database.run(["stop", "--dry-run", "--json"]);
  const status = await database.run(["status"]);
  await database.run(["stop"]);
  const stopped = await database.run(["stop", "--dry-run"]);

  assertEquals([start.code, start.stdout], [0, "PostgreSQL would be started\n"]);
  assertEquals(ensure.json(), { dry_run: true, would_start: true });
  assertObjectMatch(Object(unneeded.json()), { dry_run: true, would_start: false });
  assertEquals(line.stdout.includes("--allow-write"), false);
  assertEquals(untouched, []);
  assertMatch(again.stdout, /^PostgreSQL 18\.\d+ is running already on /);
  assertEquals(stop.json(), { dry_run: true, would_stop: true });
  assertEquals([status.code, stopped.stdout], [0, "PostgreSQL is not running\n"]);
});

Deno.test("database ensure leaves stdout to others and starts nothing that is not needed", async () => {
  await using database = await databaseScript();
  const url = "postgres://u:hidden-word@db.example/rpa_db";
  const cases = [
    { GLOBAL_RPA_DB_CONNECTION_STRING: url },
    { DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: url },
    { GLOBAL_RPA_DB_CONNECTION_STRING_FILE: "/run/secrets/rpa_db" },
    { ENVIRONMENT: "production" },
  ];

  for (const env of cases) {
    const quiet = await database.run(["ensure"], env);
    const json = await database.run(["ensure", "--json"], env);

    assertEquals([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
    assertObjectMatch(Object(json.json()), { running: null, started: false });
    assertEquals(json.stdout.includes("hidden-word"), false);
  }
  assertEquals((await database.run(["status"])).code, 1);

  const needed = await database.run(["ensure"]);
  const other = await database.run(["ensure", "SurveyHub", "--json"], cases[0]);

  assertEquals([needed.code, needed.stdout], [0, ""]);
  assertMatch(needed.stderr, /^PostgreSQL 18\.\d+ started/);
  assertObjectMatch(Object(other.json()), { running: true, started: false });
});

Deno.test("database ensure refuses what is no one database", async () => {
  await using database = await databaseScript();
  const cases = [
    {
      words: ["SurvyHub"],
      says: 'unknown database "SurvyHub"; databases are rpa_db and SurveyHub',
    },
    { words: ["surveyhub"], says: 'unknown database "surveyhub"' },
    { words: ["SurveyHub", "nonsense"], says: 'unexpected argument "nonsense"' },
  ];

  for (const { words, says } of cases) {
    const { code, stdout, stderr } = await database.run(["ensure", ...words]);

    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, says);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(database.folder)), []);
});

Deno.test("database ensure leads out of an OPSDECK_HOME that tasks may not reach", async () => {
  await using database = await databaseScript();
  const env = { OPSDECK_HOME: database.folder };

  const refused = await runScript("database", ["ensure"], { env });
  const [, line = "", advice = ""] = /run it as: (deno run .*?); (.*)/.exec(refused.stderr) ?? [];
  const started = await runPrintedLine(line, { env });
  const own = await runScript("queue", ["migrate"], { env });
  const [, ownLine = ""] = /run it as: (deno run .*)/.exec(own.stderr) ?? [];
  const done = await runPrintedLine(ownLine, { env });

  assertEquals([refused.code, started.code, own.code, done.code], [2, 0, 2, 0]);
  assertMatch(advice, /^then run your own command not as a task .* --print-permissions gives$/);
});

Deno.test("database names the permission that a package cache elsewhere needs", async () => {
  await using database = await databaseScript();

  const { code, stderr } = await runScript("database", ["start"], {
    // The shebang names the cache of this home, and DENO_DIR leads to another.
    env: { OPSDECK_HOME: database.folder, HOME: database.folder },
    permissions: [`--allow-read=${database.folder}`, ...database.permissions.slice(1)],
  });

  assertEquals(code, 2);
  assertMatch(stderr, /^Error: Cannot .*read permission for .*; run it as: deno run .*-P=database/);
  assertStringIncludes(stderr, packageCacheFolder());
});

Deno.test("database names the permissions that an OPSDECK_HOME elsewhere needs", async () => {
  await using database = await databaseScript();

  const { code, stderr } = await runScript("database", ["start"], {
    env: { OPSDECK_HOME: database.folder },
  });

  assertEquals(code, 2);
  assertStringIncludes(stderr, `--allow-write=${database.folder}`);
  assertStringIncludes(stderr, `--allow-run=${join(database.folder, "postgresql/18/bin/pg_ctl")}`);
});

Deno.test("database start that is stopped by SIGINT ends with 130 and can be run again", async () => {
  await using database = await databaseScript();
  await using script = startScript("database", ["start"], {
    env: { OPSDECK_HOME: database.folder },
    permissions: database.permissions,
  });

  await waitFor(() => hasFolder(join(database.folder, "postgresql/18")), { what: "the programs" });
  script.kill("SIGINT");
  const { code } = await script.result;
  const again = await database.run(["start"]);

  assertEquals([code, again.code], [130, 0]);
});

async function hasFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}
