import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { ConfigurationError, DatabaseConnectionError, Secret } from "../../lib/core/mod.ts";
import type { TlsSettings } from "../../lib/database/mod.ts";
import { SqlServerDriver } from "../../lib/database/sqlserver_driver.ts";
import { startTdsServer } from "../fakes/tds_server/tds_server.ts";
import { dialectDatabase } from "../support/both_dialects.ts";
import { makeCertificates } from "../support/certificates.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("SqlServerDriver encrypts as it is asked to", optionalTool("openssl"), async () => {
  await using database = await testDatabase();
  await using folder = await temporaryFolder("certificates");
  await makeCertificates(folder.path);
  const caFile = join(folder.path, "ca.pem");
  await using server = await startTdsServer({
    database: database.url,
    requiresEncryption: true,
    certificate: {
      key: await Deno.readTextFile(join(folder.path, "server.key")),
      cert: await Deno.readTextFile(join(folder.path, "server.pem")),
    },
  });
  const connect = async (host: string, tls: TlsSettings) => {
    await using driver = new SqlServerDriver({ ...server.target, host, tls });
    const long = "x".repeat(20_000);
    assertEquals(await driver.query("select $1 as long", [long]), [{ long }]);
    const late = driver.query("waitfor delay '00:10:00'", [], { timeoutMs: 20 });
    await assertRejects(() => late, Error, "deadline");
    return await driver.transaction((session) => session.query("select 1 as one"));
  };

  const accepted: [host: string, tls: TlsSettings][] = [
    ["127.0.0.1", { mode: "require" }],
    ["localhost", { mode: "verify-full", caFile }],
    ["127.0.0.1", { mode: "verify-full", caFile, serverName: "localhost" }],
  ];
  for (const [host, tls] of accepted) assertEquals(await connect(host, tls), [{ one: 1 }]);

  const refused: [host: string, tls: TlsSettings][] = [
    ["127.0.0.1", { mode: "disable" }],
    ["localhost", { mode: "verify-full" }],
    ["localhost", { mode: "verify-full", caFile: join(folder.path, "server.pem") }],
    ["127.0.0.1", { mode: "verify-full", caFile }],
    ["localhost", { mode: "verify-full", caFile, serverName: "other.example.com" }],
  ];
  for (const [host, tls] of refused) {
    const error = await assertRejects(() => connect(host, tls), ConfigurationError);
    assertEquals([error.code, error.exitCode], ["TLS", 2], error.message);
  }
});

Deno.test(
  "SqlServerDriver encrypts before its first byte when asked to",
  optionalTool("openssl"),
  async () => {
    await using database = await testDatabase();
    await using folder = await temporaryFolder("certificates");
    await makeCertificates(folder.path);
    await using server = await startTdsServer({
      database: database.url,
      requiresEncryption: "strict",
      certificate: {
        key: await Deno.readTextFile(join(folder.path, "server.key")),
        cert: await Deno.readTextFile(join(folder.path, "server.pem")),
      },
    });
    const strict = { mode: "verify-full", strict: true } as const;
    const caFile = join(folder.path, "ca.pem");

    await using driver = new SqlServerDriver({
      ...server.target,
      host: "localhost",
      tls: { ...strict, caFile },
    });
    assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);

    await using other = new SqlServerDriver({ ...server.target, host: "localhost", tls: strict });
    assertEquals(
      (await assertRejects(() => other.query("select 1"), ConfigurationError)).code,
      "TLS",
    );
  },
);

Deno.test("SqlServerDriver takes no plain connection for an encrypted one", async () => {
  await using database = await dialectDatabase("sqlserver");

  for (const mode of ["require", "verify-full"] as const) {
    await using driver = new SqlServerDriver({ ...database.target, tls: { mode } });
    const error = await assertRejects(() => driver.query("select 1"), ConfigurationError);
    assertEquals(error.code, "TLS");
  }
});

Deno.test("SqlServerDriver tells a refused login, with the server's number and no password", async () => {
  await using database = await dialectDatabase("sqlserver");
  const { target, double } = database;
  const wrong = { ...target, password: new Secret("wr0ng-pass") };
  await using stranger = new SqlServerDriver(wrong);

  const refused = await assertRejects(() => stranger.query("select 1"), ConfigurationError);
  assertEquals([refused.code, refused.exitCode], ["LOGIN_REFUSED", 2]);
  assertStringIncludes(refused.message, `the database at ${target.host}:${target.port} as`);
  assertEquals(refused.context["error_number"], 18456);
  assert(!Deno.inspect(refused, { depth: 20 }).includes("wr0ng-pass"));

  await using driver = new SqlServerDriver(target);
  const expired = { number: 18487, message: "The password of the account has expired." };
  double?.refuseLogin(expired);
  const error = await assertRejects(() => driver.query("select 1"), ConfigurationError);
  assertEquals([error.code, error.context["error_number"]], ["LOGIN_REFUSED", 18487]);
  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
});

Deno.test("SqlServerDriver tries a login again while the database is moving", async () => {
  await using database = await dialectDatabase("sqlserver");
  const { target, double } = database;
  const moving = { number: 40613, message: "Database is not currently available." };
  double?.refuseLogin(moving);
  await using driver = new SqlServerDriver(target);

  assertEquals(await driver.query("select 1 as one"), [{ one: 1 }]);
  assertEquals(double?.logins, 2);

  const missing = { number: 4060, message: 'Cannot open database "x" requested by the login.' };
  for (let attempt = 0; attempt < 4; attempt += 1) double?.refuseLogin(missing);
  await using other = new SqlServerDriver(target);
  const error = await assertRejects(() => other.query("select 1"), ConfigurationError);
  assertEquals([error.code, error.context["error_number"]], ["DATABASE_UNKNOWN", 4060]);
});

Deno.test("SqlServerDriver tells a full server as one that cannot be reached now", async () => {
  await using database = await testDatabase();
  await using server = await startTdsServer({ database: database.url, maxSessions: 1 });
  await using driver = new SqlServerDriver(server.target);

  await using session = await driver.reserve();
  const error = await assertRejects(() => driver.query("select 1"), DatabaseConnectionError);

  assertEquals([error.exitCode, error.context["error_number"]], [4, 17809]);
  assertEquals(await session.query("select 1 as one"), [{ one: 1 }]);
});
