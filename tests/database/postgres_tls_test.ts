import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { ConfigurationError } from "../../lib/core/mod.ts";
import { PostgresDriver } from "../../lib/database/postgres_driver.ts";
import type { TlsSettings } from "../../lib/database/mod.ts";
import { makeCertificates } from "../support/certificates.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { testDatabase, throwawayServer } from "../support/postgres_server.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

Deno.test("PostgresDriver encrypts as it is asked to", optionalTool("openssl"), async () => {
  await using server = await throwawayServer();
  await using folder = await temporaryFolder("certificates");
  await makeCertificates(folder.path);
  await turnTlsOn(server, folder.path);
  const connect = async (host: string, tls: TlsSettings) => {
    await using driver = new PostgresDriver({ ...server.target(), host, tls });
    const [row] = await driver.query<{ ssl: boolean }>(
      "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
    );
    const slow = driver.query("select pg_sleep(600)", [], { timeoutMs: 20 });
    const error = await assertRejects(() => slow, Error, "deadline");
    assert(error instanceof Error);
    return row?.ssl;
  };
  const caFile = join(folder.path, "ca.pem");
  const otherFile = join(folder.path, "server.pem");

  assertEquals(await connect("127.0.0.1", { mode: "disable" }), false);
  for (const mode of ["prefer", "require"] as const) {
    assertEquals(await connect("127.0.0.1", { mode }), true);
  }
  assertEquals(await connect("127.0.0.1", { mode: "verify-ca", caFile }), true);
  assertEquals(await connect("localhost", { mode: "verify-full", caFile }), true);
  assertEquals(
    await connect("127.0.0.1", { mode: "verify-full", caFile, serverName: "localhost" }),
    true,
  );
  const refused: [host: string, tls: TlsSettings][] = [
    ["localhost", { mode: "verify-full" }],
    ["localhost", { mode: "verify-ca" }],
    ["localhost", { mode: "verify-ca", caFile: otherFile }],
    ["127.0.0.1", { mode: "verify-full", caFile }],
    ["localhost", { mode: "verify-full", caFile, serverName: "other.example.com" }],
    ["localhost", { mode: "verify-full", caFile: join(folder.path, "missing.pem") }],
  ];
  for (const [host, tls] of refused) {
    const error = await assertRejects(() => connect(host, tls), ConfigurationError);
    assertEquals(error.exitCode, 2, error.message);
  }
});

Deno.test("PostgresDriver takes no plain connection for an encrypted one", async () => {
  await using database = await testDatabase();

  for (const mode of ["require", "verify-ca", "verify-full"] as const) {
    await using driver = new PostgresDriver({ ...database.target, tls: { mode } });
    await assertRejects(() => driver.query("select 1"), ConfigurationError, "has no TLS");
  }
  await using preferring = new PostgresDriver({ ...database.target, tls: { mode: "prefer" } });
  assertEquals(await preferring.query("select 1 as one"), [{ one: 1 }]);
});

async function turnTlsOn(
  server: Awaited<ReturnType<typeof throwawayServer>>,
  folder: string,
): Promise<void> {
  await using admin = new PostgresDriver(server.target());
  const [row] = await admin.query<{ folder: string }>(
    "select current_setting('data_directory') as folder",
  );
  // The server writes the files itself, as it reads a key only that it owns.
  for (const name of ["server.key", "server.pem"]) {
    const lines = (await Deno.readTextFile(join(folder, name))).trimEnd().split("\n");
    const values = lines.map((line) => `('${line}')`).join(",");
    await admin.query(
      `copy (values ${values}) to program 'umask 077; cat > ${row?.folder}/${name}'`,
    );
  }
  await admin.query("alter system set ssl_cert_file = 'server.pem'");
  await admin.query("alter system set ssl_key_file = 'server.key'");
  await admin.query("alter system set ssl = on");
  await server.restart();
}
