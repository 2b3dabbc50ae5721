import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ConfigManager,
  ConfigurationError,
  CredentialManager,
  type Environment,
} from "../../lib/core/mod.ts";
import { databaseSettings } from "../../lib/database/mod.ts";

function configOf(variables: Record<string, string>, environment: Environment = "development") {
  return new ConfigManager(undefined, {
    environment,
    env: (name) => variables[name],
    file: new Map(),
  });
}

Deno.test("databaseSettings() means the embedded database when nothing is set in development", () => {
  assertEquals(databaseSettings(configOf({}), "SurveyHub"), {
    embedded: true,
    database: "surveyhub",
    warnings: [],
  });
});

Deno.test("databaseSettings() names the variable that is not set in any other environment", () => {
  for (const environment of ["test", "staging", "production"] as const) {
    const error = assertThrows(
      () => databaseSettings(configOf({}, environment), "rpa_db"),
      ConfigurationError,
      `${environment.toUpperCase()}_GLOBAL_RPA_DB_CONNECTION_STRING is not set`,
    );
    assertEquals(error.exitCode, 2);
  }
});

Deno.test("databaseSettings() reads the type and the string of the name", () => {
  const settings = databaseSettings(
    configOf({
      DEVELOPMENT_GLOBAL_SURVEYHUB_TYPE: "sqlserver",
      DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: "mssql+pyodbc://ada:pw@db:1433/survey_hub",
    }),
    "SurveyHub",
  );

  assert(!settings.embedded);
  assertEquals(settings.source, "DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING");
  assertEquals(settings.target.dialect, "sqlserver");
  assertEquals(settings.target.database, "survey_hub");
});

Deno.test("databaseSettings() fills in DB_USER and DB_PASSWORD where the string has none", () => {
  const variables = {
    GLOBAL_DB_USER: "ada",
    GLOBAL_DB_PASSWORD: "from-db-password",
    GLOBAL_RPA_DB_CONNECTION_STRING: "postgres://db/app",
  };

  const filled = databaseSettings(configOf(variables), "rpa_db");
  const whole = databaseSettings(
    configOf({ ...variables, GLOBAL_RPA_DB_CONNECTION_STRING: "postgres://bob:own@db/app" }),
    "rpa_db",
  );

  assert(!filled.embedded && !whole.embedded);
  assertEquals(filled.target.username, "ada");
  assertEquals(filled.target.password?.reveal(), "from-db-password");
  assertEquals(whole.target.username, "bob");
  assertEquals(whole.target.password?.reveal(), "own");
});

Deno.test("databaseSettings() takes the login that getDbCredentials() gives for the database", () => {
  const variables = {
    GLOBAL_DB_USER: "all",
    TEST_GLOBAL_DB_PASSWORD: "of-all",
    TEST_SURVEYHUB_DB_USER: "survey",
    TEST_SURVEYHUB_DB_PASSWORD: "of-survey",
    TEST_RPA_DB_DB_USER: "queue",
    TEST_GLOBAL_SURVEYHUB_CONNECTION_STRING: "postgres://db/app",
    TEST_GLOBAL_RPA_DB_CONNECTION_STRING: "postgres://db/app",
  };
  const credentials = new CredentialManager({
    environment: "test",
    env: (name) => Object.entries(variables).find(([key]) => key === name)?.[1],
    file: new Map(),
  });

  const logins = ["SurveyHub", "rpa_db"].map((name) => {
    const settings = databaseSettings(configOf(variables, "test"), name);
    assert(!settings.embedded);
    const { username, password } = credentials.getDbCredentials(name);
    const { target } = settings;
    assertEquals([target.username, target.password?.reveal()], [username, password.reveal()]);
    return `${target.username} ${target.password?.reveal()}`;
  });

  assertEquals(logins, ["survey of-survey", "queue of-all"]);
});

Deno.test("databaseSettings() refuses what cannot be meant", () => {
  const refused: [variables: Record<string, string>, words: string][] = [
    [{ GLOBAL_RPA_DB_TYPE: "oracle" }, "GLOBAL_RPA_DB_TYPE"],
    [{ GLOBAL_RPA_DB_TYPE: "sqlserver" }, "its type is set to sqlserver"],
    [
      { GLOBAL_RPA_DB_TYPE: "sqlserver", GLOBAL_RPA_DB_CONNECTION_STRING: "postgres://db/app" },
      "Cannot use GLOBAL_RPA_DB_CONNECTION_STRING as it is for postgresql",
    ],
    [
      { GLOBAL_RPA_DB_CONNECTION_STRING: "postgres:///app" },
      "Cannot use GLOBAL_RPA_DB_CONNECTION_STRING as it names no server",
    ],
  ];

  for (const [variables, words] of refused) {
    assertThrows(() => databaseSettings(configOf(variables), "rpa_db"), ConfigurationError, words);
  }
});

Deno.test("databaseSettings() warns of an unencrypted connection to another host", () => {
  const warnings = (text: string, environment: Environment) =>
    databaseSettings(configOf({ GLOBAL_RPA_DB_CONNECTION_STRING: text }, environment), "rpa_db")
      .warnings.length;

  assertEquals(warnings("postgres://db/app", "production"), 1);
  assertEquals(warnings("postgres://db/app?sslmode=disable", "staging"), 1);
  assertEquals(warnings("mssql://db/app?Encrypt=no", "production"), 1);
  assertEquals(warnings("postgres://db/app", "development"), 0);
  assertEquals(warnings("postgres://127.0.0.1/app", "production"), 0);
  assertEquals(warnings("postgres://[::1]/app", "production"), 0);
  assertEquals(warnings("postgres://db/app?sslmode=require", "production"), 0);
  assertEquals(warnings("mssql://db/app", "production"), 0);
});
