import { assertEquals, assertThrows } from "@std/assert";
import {
  ConfigManager,
  ConfigurationError,
  parseConfigFile,
  recordSettings,
  Secret,
} from "../../../lib/core/mod.ts";

function manager(variables: Record<string, string> = {}, toml = ""): ConfigManager {
  return new ConfigManager("rpa1", {
    environment: "test",
    env: (name) => variables[name],
    file: parseConfigFile(toml),
  });
}

Deno.test("recordSettings() has every look with what was wanted, what was found, and where", () => {
  const config = manager(
    { TEST_RPA1_SIZE: "7", GLOBAL_TOKEN: "hidden" },
    "[test.global]\nname = 'ada'\n",
  );

  const { lookups, error } = recordSettings(() => {
    config.getVariable("size", 1, { min: 1, max: 9 });
    config.getSecret("token");
    config.lookup("name", { meaning: { type: "a name", defaultText: "nobody" } });
    config.getVariable("resume", false);
  });

  assertEquals(error, undefined);
  assertEquals(
    lookups.map(({ key, value, source, level }) => [
      key,
      value instanceof Secret ? "secret" : value,
      source,
      level,
    ]),
    [
      ["size", 7, "TEST_RPA1_SIZE", "flow"],
      ["token", "secret", "GLOBAL_TOKEN", "global"],
      ["name", "ada", "opsdeck.toml [test.global] name", "environment"],
      ["resume", undefined, undefined, undefined],
    ],
  );
  const [size, token, name, resume] = lookups;
  assertEquals([size?.fallback, size?.min, size?.max, size?.isRequired], [1, 1, 9, false]);
  assertEquals([token?.isSecret, resume?.fallback], [true, false]);
  assertEquals(name?.meaning, { type: "a name", defaultText: "nobody" });
  assertEquals(resume?.places.map(({ variable }) => variable), [
    "TEST_RPA1_RESUME",
    "TEST_GLOBAL_RESUME",
    "GLOBAL_RESUME",
  ]);
});

Deno.test("recordSettings() has the problem of a look, and the error that ended the readers", () => {
  const config = manager({ TEST_RPA1_SIZE: "many" });

  const { lookups, error } = recordSettings(() => {
    config.getVariable("size", 1);
  });
  const missing = recordSettings(() => {
    config.requireSecret("token");
  });

  assertEquals(lookups[0]?.source, "TEST_RPA1_SIZE");
  assertEquals(lookups[0]?.problem, error?.message);
  assertEquals(missing.error?.code, "SETTING_MISSING");
  assertEquals(missing.lookups.map(({ isSecret, isRequired }) => [isSecret, isRequired]), [
    [true, true],
  ]);
});

Deno.test("recordSettings() lets readers see nothing when it is told so", () => {
  const config = manager({ TEST_RPA1_SIZE: "many" });
  let size: number | undefined;

  const { lookups } = recordSettings(() => {
    size = config.getVariable("size", 1);
  }, { isBlank: true });

  assertEquals([size, lookups[0]?.source], [1, undefined]);
});

Deno.test("recordSettings() throws any other error, and records no longer then", () => {
  assertThrows(
    () =>
      recordSettings(() => {
        throw new TypeError("broken");
      }),
    TypeError,
    "broken",
  );

  assertThrows(
    () => manager({ TEST_RPA1_SIZE: "many" }).getVariable("size", 1),
    ConfigurationError,
  );
});
