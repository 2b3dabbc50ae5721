import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { CacheDatabaseError, ConfigurationError } from "../../lib/core/mod.ts";
import { openSqlite, toCacheError } from "../../lib/database/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

async function refusal(path: string, options = {}): Promise<CacheDatabaseError> {
  const error = await assertRejects(() => openSqlite(path, options), CacheDatabaseError);
  assertEquals(error.exitCode, 3);
  assert(error.message.includes(path) && error.message.includes("; "), error.message);
  return error;
}

async function makeDatabase(path: string): Promise<void> {
  using database = await openSqlite(path);
  database.exec("create table t (a text)");
  const insert = database.prepare("insert into t values (?)");
  for (let count = 0; count < 500; count++) insert.run("x".repeat(100));
}

Deno.test("openSqlite() opens with WAL, a busy timeout and foreign keys", async () => {
  await using folder = await temporaryFolder("sqlite");

  using database = await openSqlite(join(folder.path, "a.db"));

  const setting = (name: string) => Object.values(database.prepare(`pragma ${name}`).get() ?? {});
  assertEquals(setting("journal_mode"), ["wal"]);
  assertEquals(setting("busy_timeout"), [5000]);
  assertEquals(setting("foreign_keys"), [1]);
});

Deno.test("openSqlite() says what to do about a file that it cannot open", async () => {
  await using folder = await temporaryFolder("sqlite");
  const at = (name: string) => join(folder.path, name);
  await makeDatabase(at("good.db"));
  const bytes = await Deno.readFile(at("good.db"));
  await Deno.writeFile(at("corrupt.db"), bytes.fill(0xff, 100, 3000));
  await Deno.writeTextFile(at("text.db"), "no database at all\n".repeat(100));

  assertEquals((await refusal(at("missing/a.db"))).code, "CACHE_CANNOT_OPEN");
  assertEquals((await refusal(folder.path)).code, "CACHE_CANNOT_OPEN");
  assertEquals((await refusal(at("none.db"), { readOnly: true })).code, "CACHE_CANNOT_OPEN");
  assertEquals((await refusal(at("text.db"))).code, "CACHE_NOT_A_DATABASE");
  assertEquals((await refusal(at("corrupt.db"))).code, "CACHE_CORRUPT");
  assertEquals(
    await Array.fromAsync(Deno.readDir(folder.path), (entry) => entry.name).then(
      (names) => names.includes("none.db"),
    ),
    false,
  );
});

Deno.test("openSqlite() waits for a lock no longer than its busy timeout", async () => {
  await using folder = await temporaryFolder("sqlite");
  const path = join(folder.path, "a.db");
  await makeDatabase(path);
  using holder = await openSqlite(path);
  holder.exec("pragma journal_mode = delete");
  holder.exec("begin exclusive");

  const error = await refusal(path, { busyTimeoutMs: 20 });

  assertEquals([error.code, error.retryable], ["CACHE_LOCKED", true]);
  holder.exec("rollback");
});

Deno.test("openSqlite() opens a file that other processes make at the same time", async () => {
  await using folder = await temporaryFolder("sqlite");
  const program = import.meta.resolve("./sqlite_worker.ts");
  const workers = Array.from({ length: 6 }, () => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "-A", program],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).values();
    return { child, lines, writer: child.stdin.getWriter() };
  });
  const answers = () => Promise.all(workers.map(async ({ lines }) => (await lines.next()).value));
  try {
    await answers();
    for (let round = 0; round < 50; round++) {
      const text = `${Date.now() + 10} ${join(folder.path, `${round}.db`)}\n`;
      const line = new TextEncoder().encode(text);
      for (const { writer } of workers) writer.write(line);

      assertEquals(await answers(), workers.map(() => "opened"));
    }
  } finally {
    await Promise.all(workers.map(({ writer }) => writer.close()));
    await Promise.all(
      workers.map(({ child, lines }) => Promise.all([lines.return?.(), child.status])),
    );
  }
});

Deno.test("openSqlite() makes a file that shrinks again when shrinkable is asked for", async () => {
  await using folder = await temporaryFolder("sqlite");
  const path = join(folder.path, "a.db");
  {
    using database = await openSqlite(path, { shrinkable: true });
    database.exec("create table t (a text)");
  }

  using database = await openSqlite(path, { shrinkable: true });

  assertEquals({ ...database.prepare("pragma auto_vacuum").get() }, { auto_vacuum: 2 });
  // Opening a file that is there is no write: nothing waits in its log.
  assertEquals((await Deno.stat(`${path}-wal`)).size, 0);
});

Deno.test("openSqlite() with readOnly reads and does not write", async () => {
  await using folder = await temporaryFolder("sqlite");
  const path = join(folder.path, "a.db");
  await makeDatabase(path);

  using database = await openSqlite(path, { readOnly: true });

  assertEquals({ ...database.prepare("select count(*) as total from t").get() }, { total: 500 });
  const error = assertThrows(() => database.exec("insert into t values ('y')"), Error);
  assertEquals(toCacheError(error, path).code, "CACHE_READ_ONLY");
});

Deno.test({
  name: "openSqlite() names the permission that Deno was not given",
  permissions: { read: true },
  fn: async () => {
    const error = await assertRejects(
      () => openSqlite("/nowhere/a.db"),
      ConfigurationError,
      "--allow-write=/nowhere/a.db",
    );
    assertEquals([error.code, error.exitCode], ["PERMISSION_MISSING", 2]);
  },
});
