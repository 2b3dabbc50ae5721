import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { environmentName } from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";
import { runModule } from "./run_module.ts";

Deno.test("environmentName() gives development when ENVIRONMENT is unset or empty", () => {
  assertEquals(environmentName(() => undefined), "development");
  assertEquals(environmentName(() => ""), "development");
});

Deno.test("environmentName() gives each of the four environments", () => {
  for (const name of ["development", "test", "staging", "production"]) {
    assertEquals(environmentName(() => name), name);
  }
});

Deno.test("environmentName() refuses any other environment", () => {
  for (const name of ["prod", "Production", " test", "dev", "*"]) {
    const error = assertThrows(() => environmentName(() => name), ConfigurationError);

    assertEquals(error.exitCode, 2);
    assertMatch(error.message, /ENVIRONMENT must be .* it is ".+"; correct it/);
  }
});

Deno.test("environmentName() reads the process's environment", async () => {
  const { stdout } = await runModule(
    `import { environmentName } from "./lib/core/mod.ts";
    console.log(environmentName());`,
    { env: { ENVIRONMENT: "staging" }, permissions: ["--allow-env=ENVIRONMENT"] },
  );

  assertEquals(stdout, "staging\n");
});

Deno.test("environmentName() says which permission is missing", async () => {
  const { stdout } = await runModule(
    `import { environmentName } from "./lib/core/mod.ts";
    try { environmentName(); } catch (e) { console.log(e.name, e.code, e.exitCode, e.message); }`,
    { permissions: [] },
  );

  assertMatch(stdout, /^ConfigurationError PERMISSION_MISSING 2 .*--allow-env=ENVIRONMENT\n$/);
});

Deno.test("environmentName() takes an ignored variable for an unset one", async () => {
  const { stdout } = await runModule(
    `import { environmentName } from "./lib/core/mod.ts";
    console.log(environmentName());`,
    { env: { ENVIRONMENT: "staging" }, permissions: ["--ignore-env"] },
  );

  assertEquals(stdout, "development\n");
});
