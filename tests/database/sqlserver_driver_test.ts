import { assert, assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { DatabaseConnectionError, OpsdeckError } from "../../lib/core/mod.ts";
import { type ConnectionTarget, parseConnectionString } from "../../lib/database/mod.ts";
import { SqlServerDriver } from "../../lib/database/sqlserver_driver.ts";

// What the driver's modules start once, on the first connection, is no leak of the first test.
await new SqlServerDriver(targetAt(1)).query("select 1").catch(() => {});

function targetAt(port: number, options = ""): ConnectionTarget {
  return parseConnectionString(
    `Server=127.0.0.1,${port};Database=app;UID=ada;PWD=hunter22;${options}`,
  );
}

Deno.test("SqlServerDriver rejects with DatabaseConnectionError when nobody answers", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  closed.close();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const silentTarget = { ...targetAt(silent.addr.port), connectTimeoutMs: 100 };

  for (const target of [targetAt(closed.addr.port), silentTarget]) {
    await using driver = new SqlServerDriver(target);
    const uses = [
      () => driver.query("select 1"),
      () => driver.transaction((session) => session.query("select 1")),
      () => driver.reserve(),
    ];
    for (const use of uses) {
      const error = await assertRejects(use, DatabaseConnectionError);
      assertEquals([error.exitCode, error.retryable], [4, true]);
      assert(!Deno.inspect(error).includes("hunter22"));
    }
  }
});

Deno.test("SqlServerDriver stops connecting when its signal aborts", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using driver = new SqlServerDriver(targetAt(silent.addr.port));
  const stop = new AbortController();
  const asked = Promise.all([
    assertRejects(() => driver.query("select 1", [], stop), Error, "enough"),
    assertRejects(() => driver.reserve(stop), Error, "enough"),
  ]);

  stop.abort(new Error("enough"));

  await asked;
});

Deno.test("SqlServerDriver rejects with DatabaseConnectionError when the server hangs up", async () => {
  using rude = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const loop = (async () => {
    for await (const connection of rude) connection.close();
  })();
  {
    await using driver = new SqlServerDriver(targetAt(rude.addr.port));
    await assertRejects(() => driver.query("select 1"), DatabaseConnectionError);
  }
  rude.close();
  await loop;
});

Deno.test("SqlServerDriver refuses to be used when it was closed or asked to stop", async () => {
  const driver = new SqlServerDriver(targetAt(1));
  const signal = AbortSignal.abort(new Error("enough"));

  await assertRejects(() => driver.query("select 1", [], { signal }), Error, "enough");
  await driver.close();

  const error = await assertRejects(() => driver.query("select 1"), OpsdeckError);
  assertEquals(error.code, "DATABASE_CLOSED");
});

Deno.test("SqlServerDriver says which permission is missing", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const [code, message] = JSON.parse(await runWorker(["--ignore-env"], host));
    assertEquals(code, "PERMISSION_MISSING", message);
    assert(message.includes("--allow-net"), message);
  }
});

Deno.test("SqlServerDriver needs no permission but for the host and port it is told", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const [code, message] = JSON.parse(
      await runWorker(["--ignore-env", `--allow-net=${host}:1`], host),
    );
    assertEquals(code, "DATABASE_CONNECTION", message);
  }
});

async function runWorker(permissions: string[], host: string): Promise<string> {
  const worker = fromFileUrl(new URL("./sqlserver_permission_worker.ts", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--no-check", ...permissions, worker, host],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(text !== "", new TextDecoder().decode(stderr));
  return text;
}
