import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { parseOptions } from "../../../lib/core/command_line/mod.ts";
import { ValidationError } from "../../../lib/core/mod.ts";

const table = {
  flow: { type: "string", required: true, description: "" },
  batchSize: { type: "integer", min: 1, max: 10_000, default: 100, description: "" },
  rate: { type: "number", min: 0.5, description: "" },
  wait: { type: "duration", description: "" },
  tag: { type: "strings", description: "" },
  mode: { type: "string", choices: ["fast", "slow"], description: "" },
  drain: { type: "boolean", short: "d", description: "" },
} as const;

Deno.test("parseOptions() gives typed values, defaults and positionals", async () => {
  const parsed = await parseOptions(table, [
    ..."--flow f --batch-size=5 --rate 2.5 --wait 1.5h --tag a --tag=b --mode slow -d one -- --two"
      .split(" "),
  ]);

  assertEquals({ ...parsed.values }, {
    flow: "f",
    batchSize: 5,
    rate: 2.5,
    wait: 5_400_000,
    tag: ["a", "b"],
    mode: "slow",
    drain: true,
  });
  assertEquals(parsed.positionals, ["one", "--two"]);
  const { values } = await parseOptions(table, ["--flow", "f"]);
  assertEquals([values.batchSize, values.rate, values.tag, values.drain], [
    100,
    undefined,
    [],
    false,
  ]);
});

for (
  const [args, message] of [
    [[], "--flow VALUE is required"],
    [["--flow"], "--flow needs a value"],
    [["--flow="], "--flow needs a value"],
    [["--flow", "--drain"], "--flow needs a value and --drain looks like an option"],
    [["--flow", "--drain"], "write --flow=--drain if it is meant"],
    [["--flow", "--bogus"], "write --flow=--bogus if it is meant"],
    [["--flow", "--tag=x"], "write --flow=--tag=x if it is meant"],
    [["--flow", "-d"], "write --flow=-d if it is meant"],
    [["--flow", "--"], "write --flow=-- if it is meant"],
    [["--flow", "f", "--tag", "--drain"], "write --tag=--drain if it is meant"],
    [["--flow", "f", "--rate", "--drain"], "write --rate=--drain if it is meant"],
    [["--flow", "f", "--bach-size", "5"], "unknown option --bach-size, did you mean --batch-size?"],
    [["--flow", "f", "-x"], "unknown option -x"],
    [["--flow", "f", "--drain=maybe"], "--drain takes no value"],
    [["--flow", "f", "--batch-size", "ten"], 'a whole number from 1 to 10000: it is "ten"'],
    [["--flow", "f", "--batch-size", "0"], 'it is "0"'],
    [["--flow", "f", "--batch-size", "1.5"], 'it is "1.5"'],
    [["--flow", "f", "--batch-size", "0x10"], 'it is "0x10"'],
    [["--flow", "f", "--rate", "0.1"], 'a number of at least 0.5: it is "0.1"'],
    [["--flow", "f", "--wait", "soon"], 'such as 90s, 10m, 1.5h or 30d: it is "soon"'],
    [["--flow", "f", "--mode", "medium"], 'one of fast, slow: it is "medium"'],
  ] as const
) {
  Deno.test(`parseOptions() refuses ${JSON.stringify(args)}`, async () => {
    const error = await assertRejects(() => parseOptions(table, args), ValidationError);

    assertStringIncludes(error.message, message);
  });
}

for (
  const [args, flow] of [
    [["--flow=--drain"], "--drain"],
    [["--flow=-d"], "-d"],
    [["--flow=a=--b"], "a=--b"],
    [["--flow", "-"], "-"],
    [["--flow", "-5"], "-5"],
    [["--flow", "-x"], "-x"],
    [["--flow", "a --drain"], "a --drain"],
  ] as const
) {
  Deno.test(`parseOptions() takes a value from ${JSON.stringify(args)}`, async () => {
    const { values } = await parseOptions(table, args);

    assertEquals([values.flow, values.drain], [flow, false]);
  });
}

Deno.test("parseOptions() reports all problems at once", async () => {
  const error = await assertRejects(
    () => parseOptions(table, ["--batch-size", "x", "--nope"]),
    ValidationError,
  );

  for (const part of ["--batch-size", "--nope", "--flow"]) {
    assertStringIncludes(error.message, part);
  }
});

Deno.test("parseOptions() names a malformed required option once", async () => {
  const required = { age: { type: "duration", required: true, description: "" } } as const;

  const error = await assertRejects(
    () => parseOptions(required, ["--age", "soon"]),
    ValidationError,
  );

  assertEquals(error.message.match(/--age/g)?.length, 1);
});

Deno.test("parseOptions() reads every whole number in range back", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 10_000 }), async (number) => {
      const parsed = await parseOptions(table, ["--flow", "f", "--batch-size", String(number)]);
      assertEquals(parsed.values.batchSize, number);
    }),
  );
});

Deno.test("parseOptions() gives values or a ValidationError for any arguments", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string(), fc.constantFrom("--flow", "--drain", "-d", "--", "--rate"))),
      async (args) => {
        try {
          await parseOptions(table, args);
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error;
        }
      },
    ),
  );
});
