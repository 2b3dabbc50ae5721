import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigManager, DatabaseConnectionError } from "../../lib/core/mod.ts";
import { checkDatabase, type ConnectionTarget } from "../../lib/database/mod.ts";
import { testBothDialects } from "../support/both_dialects.ts";
import { absentTarget } from "../support/closed_port.ts";

function configured({ dialect, host, port, database, username, password }: ConnectionTarget) {
  const login = `${username}:${password?.reveal()}`;
  const connection = dialect === "postgresql"
    ? `postgresql://${login}@${host}:${port}/${database}`
    : `mssql+pyodbc://${login}@${host}:${port}/${database}?Encrypt=no`;
  const variables = new Map([["TEST_GLOBAL_RPA_DB_CONNECTION_STRING", connection]]);
  return new ConfigManager(undefined, {
    environment: "test",
    env: (name) => variables.get(name),
    file: new Map(),
  });
}

testBothDialects(
  "checkDatabase() tells version, distance and clock of a server",
  async ({ target }) => {
    const finding = await checkDatabase("rpa_db", { config: configured(target) });

    assertEquals(finding.status, "ok");
    assertMatch(finding.found, /: (PostgreSQL|SQL Server) \d+\S*.*, \d+\.\d ms away$/);
    // The server is on this machine.
    assertEquals(Math.round((finding.clockAheadMs ?? NaN) / 10_000), 0);
  },
);

testBothDialects("checkDatabase() warns of what is wrong with the tables", async ({ target }) => {
  const finding = await checkDatabase("rpa_db", {
    config: configured(target),
    checkTables: () => Promise.resolve({ found: "no tables", advice: "make some" }),
  });

  assertEquals([finding.status, finding.advice], ["warning", "make some"]);
  assertMatch(finding.found, /; no tables$/);
});

Deno.test("checkDatabase() fails where no server is", async () => {
  await assertRejects(
    () => checkDatabase("rpa_db", { config: configured(absentTarget()) }),
    DatabaseConnectionError,
  );
});
