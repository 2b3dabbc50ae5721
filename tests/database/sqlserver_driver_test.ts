import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
// @ts-types="@types/mssql"
import sql from "mssql";
import {
  ConfigurationError,
  DatabaseConnectionError,
  OpsdeckError,
  ValidationError,
} from "../../lib/core/mod.ts";
import { type ConnectionTarget, parseConnectionString } from "../../lib/database/mod.ts";
import { sqlServerConfig } from "../../lib/database/sqlserver_config.ts";
import { SqlServerDriver } from "../../lib/database/sqlserver_driver.ts";
import { sqlServerParameter } from "../../lib/database/sqlserver_values.ts";

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
  const worker = fromFileUrl(new URL("./sqlserver_permission_worker.ts", import.meta.url));

  for (const host of ["127.0.0.1", "localhost"]) {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-prompt", "--no-check", "--ignore-env", worker, host],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert(text !== "", new TextDecoder().decode(stderr));
    const [code, message] = JSON.parse(text);
    assertEquals(code, "PERMISSION_MISSING", message);
    assert(message.includes("--allow-net"), message);
  }
});

Deno.test("sqlServerConfig() takes encryption and names from the connection string", async () => {
  const options = async (text: string) => {
    const { server, options } = await sqlServerConfig(targetAt(1, text), 3);
    assertEquals(server, "127.0.0.1");
    const { encrypt, trustServerCertificate, serverName, readOnlyIntent } = options ?? {};
    return { encrypt, trustServerCertificate, serverName, readOnlyIntent };
  };
  const unset = { serverName: undefined, readOnlyIntent: undefined };

  assertEquals<unknown>(await options(""), {
    ...unset,
    encrypt: true,
    trustServerCertificate: false,
  });
  assertEquals<unknown>(await options("Encrypt=no"), {
    ...unset,
    encrypt: false,
    trustServerCertificate: false,
  });
  assertEquals<unknown>(await options("TrustServerCertificate=yes;ApplicationIntent=readonly"), {
    ...unset,
    encrypt: true,
    trustServerCertificate: true,
    readOnlyIntent: true,
  });
  assertEquals<unknown>(await options("Encrypt=strict;HostNameInCertificate=sql.example.com"), {
    encrypt: "strict",
    trustServerCertificate: false,
    serverName: "sql.example.com",
    readOnlyIntent: undefined,
  });
});

Deno.test("sqlServerConfig() resolves the name and still checks the certificate by it", async () => {
  const { server, options } = await sqlServerConfig({ ...targetAt(1), host: "localhost" }, 3);

  assert(["127.0.0.1", "::1"].includes(server));
  assertEquals(options?.serverName, "localhost");
});

Deno.test("sqlServerConfig() refuses a target without a user and a missing CA file", async () => {
  const { username: _, ...anonymous } = targetAt(1);

  await assertRejects(() => sqlServerConfig(anonymous, 1), ConfigurationError, "no user is named");
  await assertRejects(
    () => sqlServerConfig(targetAt(1, "ServerCertificate=/nowhere/ca.pem"), 1),
    ConfigurationError,
    "correct ServerCertificate",
  );
});

Deno.test("sqlServerParameter() chooses the type by the value", () => {
  const table: [value: unknown, type: unknown, sent: unknown][] = [
    [null, sql.NVarChar, null],
    ["a", sql.NVarChar, "a"],
    [true, sql.Bit, true],
    [1, sql.Int, 1],
    [-2147483647, sql.Int, -2147483647],
    [2147483648, sql.BigInt, 2147483648],
    [0.5, sql.Float, 0.5],
    [12n, sql.BigInt, "12"],
    [{ a: 1 }, sql.NVarChar, '{"a":1}'],
    [[1, 2], sql.NVarChar, "[1,2]"],
  ];

  for (const [value, type, sent] of table) {
    const parameter = sqlServerParameter(value, 1);
    assertEquals([Reflect.get(parameter.type, "type"), parameter.value], [type, sent]);
  }
  for (const value of [undefined, NaN, Infinity, () => 1, Symbol("x")]) {
    assertThrows(() => sqlServerParameter(value, 3), ValidationError, "parameter $3");
  }
});
