import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ConfigurationError, toErrorResponse } from "../../../lib/core/mod.ts";
import { Secret } from "../../../lib/core/secret.ts";

const now = new Date("2024-01-15T10:30:00Z");

Deno.test("toErrorResponse() gives exactly the fields of the reference", () => {
  const error = new TypeError("Descriptive error message");

  const response = toErrorResponse(error, { record_id: 123, flow_name: "survey_processor" }, now);

  assertEquals(response, {
    status: "failed",
    error: "Descriptive error message",
    error_type: "TypeError",
    timestamp: "2024-01-15T10:30:00.000Z",
    context: { record_id: 123, flow_name: "survey_processor" },
  });
});

Deno.test("toErrorResponse() adds what the error knows itself", () => {
  const error = new ConfigurationError("Cannot start", { context: { flow: "a", row: 1 } });

  const response = toErrorResponse(error, { row: 2 }, now);

  assertEquals(response.error_type, "ConfigurationError");
  assertEquals(response.context, { flow: "a", row: 2 });
});

Deno.test("toErrorResponse() survives whatever was thrown", () => {
  const cases: [unknown, string][] = [
    ["a text", "a text"],
    [undefined, "undefined"],
    [null, "null"],
    [7n, "7"],
    [{ message: "like an error" }, "like an error"],
    [Object.create(null), "a value that cannot be printed"],
    [new Error(""), "Error"],
    [new Error("two\nlines."), "two lines"],
  ];

  for (const [thrown, expected] of cases) {
    const response = toErrorResponse(thrown, {}, now);
    assertEquals(response.error, expected);
    assertEquals(JSON.parse(JSON.stringify(response)), response);
  }
});

Deno.test("toErrorResponse() makes the context fit for JSON", () => {
  const circle: Record<string, unknown> = { name: "circle" };
  circle.self = circle;
  const context = {
    small: 5n,
    big: 2n ** 70n,
    when: new Date(0),
    never: new Date(NaN),
    nothing: undefined,
    infinite: Infinity,
    call: () => {},
    cause: new Error("inner", { cause: "root" }),
    map: new Map([[1, new Set(["a"])]]),
    bytes: new Uint8Array(3),
    circle,
    getter: {
      get value(): never {
        throw new Error("broken");
      },
    },
    ["__proto__x"]: 1,
  };

  const response = toErrorResponse(new Error("x"), context, now);

  assertEquals(response.context, {
    small: 5,
    big: "1180591620717411303424",
    when: "1970-01-01T00:00:00.000Z",
    never: null,
    nothing: null,
    infinite: null,
    call: null,
    cause: { name: "Error", message: "inner", cause: "root" },
    map: { "1": ["a"] },
    bytes: "[3 bytes]",
    circle: { name: "circle", self: "[Circular]" },
    getter: "[broken]",
    ["__proto__x"]: 1,
  });
});

Deno.test("toErrorResponse() always gives the same as its JSON", () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), (value) => {
      const response = toErrorResponse(value, { value }, now);
      assertEquals(JSON.parse(JSON.stringify(response)), response);
    }),
  );
});

Deno.test("toErrorResponse() prints no known secret", () => {
  const secret = new Secret("correct horse battery");

  const response = toErrorResponse(
    new Error(`login with ${secret.reveal()} failed`),
    {
      secret,
      url: `http://u:${encodeURIComponent(secret.reveal())}@host`,
      deep: [secret.reveal()],
    },
    now,
  );

  assertEquals(response.error, "login with *** failed");
  assertEquals(response.context, { secret: "***", url: "http://u:***@host", deep: ["***"] });
});
