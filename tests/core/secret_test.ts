import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { format, inspect } from "node:util";
import { redact, Secret } from "../../lib/core/mod.ts";
import { ConfigurationError } from "../../lib/core/mod.ts";
import { runModule } from "./config/run_module.ts";

const value = "hunter2-p@ss";

const prints: Record<string, (secret: Secret) => string> = {
  "String()": (secret) => String(secret),
  "a template": (secret) => `${secret}`,
  "joining": (secret) => [secret, "x"].join() + secret,
  "JSON.stringify()": (secret) => JSON.stringify({ a: [{ secret }] }),
  "Deno.inspect()": (secret) => Deno.inspect(secret),
  "Deno.inspect() of what holds it": (secret) =>
    Deno.inspect({ a: [new Map([["k", { secret }]])] }, { depth: 9, showHidden: true }),
  "util.inspect()": (secret) => inspect({ a: { secret } }, { depth: 9, showHidden: true }),
  "util.inspect() without hooks": (secret) =>
    inspect({ secret }, { customInspect: false, showHidden: true }),
  "util.format()": (secret) => format("%s %o %O %j %d", secret, secret, secret, secret, secret),
  "its own keys": (secret) => JSON.stringify([Reflect.ownKeys(secret), Object.entries(secret)]),
  "a structured clone": (secret) => Deno.inspect(structuredClone({ ...secret })),
  "an error's context and cause": (secret) => {
    const cause = new Error(`inner ${secret}`, { cause: { secret } });
    const error = new ConfigurationError(`outer ${secret}`, { context: { secret }, cause });
    return [Deno.inspect(error), inspect(error, { showHidden: true }), JSON.stringify(error)]
      .join("\n");
  },
};

for (const [name, print] of Object.entries(prints)) {
  Deno.test(`Secret does not leak through ${name}`, () => {
    assertNotMatch(print(new Secret(value)), /hunter2/);
  });
}

Deno.test("Secret does not leak through the console", async () => {
  const { stdout, stderr } = await runModule(
    `import { Secret } from "./lib/core/mod.ts";
    const s = new Secret("hunter2-p@ss");
    console.log("%s %o %O %d %i %f %c", s, s, s, s, s, s, s);
    console.log(s, { s }, [s], new Set([s]));
    console.table([{ s }]);
    console.dir(s, { showHidden: true });
    console.error(new Error("x", { cause: { s } }));
    console.trace(s);
    console.assert(false, s);`,
  );

  assertStringIncludes(stdout, "***");
  assertStringIncludes(stderr, "***");
  assertNotMatch(stdout + stderr, /hunter2/);
});

Deno.test("Secret.toString() gives three stars", () => {
  const secret = new Secret("abc");

  assertEquals(`${secret} ${JSON.stringify(secret)} ${Deno.inspect(secret)}`, '*** "***" ***');
});

Deno.test("Secret.reveal() gives the value back", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assertEquals(new Secret(text).reveal(), text);
  }));
});

Deno.test("redact() leaves text without a secret as it is", () => {
  new Secret("never in the text");

  assertEquals(redact("nothing to see here"), "nothing to see here");
});

Deno.test("redact() leaves a secret of three characters alone", () => {
  new Secret("xqz");

  assertEquals(redact("xqz"), "xqz");
});

Deno.test("redact() finds a secret in addresses, forms and JSON", () => {
  const secret = new Secret('q"7 \\&%@/é\n+!');
  const address = new URL("postgres://someone@host/db");
  address.password = secret.reveal();

  for (
    const text of [
      secret.reveal(),
      address.href,
      `?password=${encodeURIComponent(secret.reveal())}`,
      new URLSearchParams({ password: secret.reveal() }).toString(),
      JSON.stringify({ password: secret.reveal() }),
    ]
  ) {
    const redacted = redact(text);
    assertStringIncludes(redacted, "***");
    assertNotMatch(redacted, /q%22|q"7|q\\"/);
  }
});

Deno.test("redact() takes the longer of two secrets that begin alike", () => {
  new Secret("alike-first");
  new Secret("alike-first-and-longer");

  assertEquals(redact("<alike-first-and-longer> <alike-first>"), "<***> <***>");
});

Deno.test("redact() leaves no part of secrets that overlap", () => {
  new Secret("overlapAB");
  new Secret("ABpalrevo");

  assertEquals(redact("(overlapABpalrevo)"), "(***)");
});

Deno.test("redact() leaves no secret in any text", () => {
  const secrets = fc.array(
    fc.string({ unit: "binary", minLength: 1 }).map((tail) => `s3cr3t-${tail.replaceAll("*", "")}`),
    { minLength: 1, maxLength: 5 },
  );
  const spell = fc.constantFrom(
    (text: string) => text,
    (text: string) => encodeURIComponent(text.toWellFormed()),
    (text: string) => JSON.stringify(text).slice(1, -1),
  );
  fc.assert(fc.property(
    secrets,
    fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.nat(), spell)),
    (values, pieces) => {
      for (const value of values) new Secret(value);
      const text = pieces
        .map(([plain, at, spelled]) => plain + spelled(values[at % values.length] ?? ""))
        .join("");

      const redacted = redact(text);

      assert(!redacted.includes("s3cr3t-"), redacted);
      assertEquals(redact(redacted), redacted);
    },
  ));
});
