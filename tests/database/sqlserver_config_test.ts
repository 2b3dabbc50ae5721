import { assertEquals, assertRejects } from "@std/assert";
import { ConfigurationError } from "../../lib/core/mod.ts";
import { type ConnectionTarget, parseConnectionString } from "../../lib/database/mod.ts";
import { sqlServerConfig } from "../../lib/database/sqlserver_config.ts";

function targetOf(options: string, host = "127.0.0.1"): ConnectionTarget {
  return parseConnectionString(`Server=${host};Database=app;UID=ada;PWD=hunter22;${options}`);
}

function configOf(target: ConnectionTarget) {
  return sqlServerConfig(target, () => Promise.reject(new Error("not connected here")));
}

Deno.test("sqlServerConfig() takes encryption and names from the connection string", async () => {
  const encrypted = { encrypt: true, trustServerCertificate: false };
  const table: [text: string, host: string, expected: Record<string, unknown>][] = [
    ["", "127.0.0.1", encrypted],
    ["", "db.example.com", { ...encrypted, serverName: "db.example.com" }],
    ["Encrypt=no", "127.0.0.1", { ...encrypted, encrypt: false }],
    ["TrustServerCertificate=yes", "127.0.0.1", { encrypt: true, trustServerCertificate: true }],
    ["ApplicationIntent=readonly", "127.0.0.1", { ...encrypted, readOnlyIntent: true }],
    [
      "Encrypt=strict;HostNameInCertificate=sql.example.com",
      "127.0.0.1",
      { encrypt: "strict", trustServerCertificate: false, serverName: "sql.example.com" },
    ],
  ];

  for (const [text, host, expected] of table) {
    const { server, options = {} } = await configOf(targetOf(text, host));
    const { encrypt, trustServerCertificate, serverName, readOnlyIntent } = options;
    assertEquals(server, host);
    assertEquals(
      { encrypt, trustServerCertificate, serverName, readOnlyIntent },
      { serverName: undefined, readOnlyIntent: undefined, ...expected },
      text,
    );
  }
});

Deno.test("sqlServerConfig() logs in with the domain that stands before the name", async () => {
  const { authentication } = await configOf(targetOf(""));
  const windows = await configOf(
    parseConnectionString(String.raw`Server=h;Database=app;UID=CORP\ada;PWD=hunter22`),
  );

  assertEquals(authentication, {
    type: "default",
    options: { userName: "ada", password: "hunter22" },
  });
  assertEquals(windows.authentication, {
    type: "ntlm",
    options: { userName: "ada", password: "hunter22", domain: "CORP" },
  });
});

Deno.test("sqlServerConfig() refuses a target without a user and a missing CA file", async () => {
  const { username: _, ...anonymous } = targetOf("");

  await assertRejects(() => configOf(anonymous), ConfigurationError, "no user is named");
  await assertRejects(
    () => configOf(targetOf("ServerCertificate=/nowhere/ca.pem")),
    ConfigurationError,
    "correct ServerCertificate",
  );
});
