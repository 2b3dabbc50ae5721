import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ConfigManager, readSettings } from "../../../lib/core/mod.ts";
import { ConfigurationError } from "../../../lib/core/errors/error_classes.ts";

function wrong(message: string): () => never {
  return () => {
    throw new ConfigurationError(message, { code: "X", context: { a: 1 } });
  };
}

Deno.test("readSettings() gives every value under its reader's name and type", () => {
  const { size, name } = readSettings({ size: () => 5, name: () => "n" });

  const total: number = size + name.length;
  assertEquals(total, 6);
});

Deno.test("readSettings() throws a single problem in its own words", () => {
  const error = assertThrows(
    () => readSettings({ a: () => 1, b: wrong("b is bad") }),
    ConfigurationError,
  );

  assertEquals(error.message, "b is bad");
  assertEquals([error.code, error.exitCode], ["X", 2]);
  assertEquals(error.context, { a: 1, problems: ["b is bad"] });
});

Deno.test("readSettings() throws all problems in one line", () => {
  const error = assertThrows(
    () => readSettings({ a: wrong("a is bad; set A"), b: () => 1, c: wrong("c is bad") }),
    ConfigurationError,
  );

  assertEquals(error.message, "2 problems: (1) a is bad; set A; (2) c is bad");
  assertEquals(error.context.problems, ["a is bad; set A", "c is bad"]);
});

Deno.test("readSettings() lists the problems of readers that read several settings", () => {
  const error = assertThrows(
    () =>
      readSettings({
        inner: () => readSettings({ a: wrong("a"), b: wrong("b") }),
        c: wrong("c"),
      }),
    ConfigurationError,
  );

  assertEquals(error.context.problems, ["a", "b", "c"]);
});

Deno.test("readSettings() tells a problem that many readers meet only once", () => {
  const env = (name: string) => name === "OPSDECK_CONFIG" ? "/no/such/file.toml" : undefined;
  const config = new ConfigManager("rpa1", { env });

  const error = assertThrows(
    () => readSettings({ a: () => config.getVariable("a"), b: () => config.getVariable("b", 1) }),
    ConfigurationError,
  );

  assert(!error.message.includes("problems:"), error.message);
  assertEquals(Array.isArray(error.context.problems) && error.context.problems.length, 1);
});

Deno.test("readSettings() throws any other error as it is", () => {
  const bug = new TypeError("a bug");

  const error = assertThrows(
    () =>
      readSettings({
        a: wrong("a"),
        b: () => {
          throw bug;
        },
      }),
    TypeError,
  );

  assertStrictEquals(error, bug);
});
