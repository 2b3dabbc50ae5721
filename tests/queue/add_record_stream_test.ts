import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { OpsdeckError, ValidationError } from "../../lib/core/mod.ts";
import { addRecordStream, type AddStreamOptions, type InputItem } from "../../lib/queue/mod.ts";
import { type TestQueue, testQueue } from "../support/queue_database.ts";

const flow = "surveys";

async function* itemsOf(texts: readonly string[]): AsyncGenerator<InputItem> {
  for (const [at, text] of texts.entries()) {
    await Promise.resolve();
    yield { position: `line ${at + 1}`, text, value: JSON.parse(text) };
  }
}

/** Adds JSON texts; gives what became of them and why which were rejected. */
async function add({ manager }: TestQueue, texts: readonly string[], options?: AddStreamOptions) {
  const problems: Record<string, string> = {};
  const counts = await addRecordStream(manager, flow, itemsOf(texts), {
    ...options,
    onRejected: (position, problem) => problems[position] = problem,
  });
  return { ...counts, problems };
}

function nested(depth: number): string {
  return `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
}

Deno.test("addRecordStream() meets a failed insert while its source is silent, and closes it", async () => {
  await using queue = await testQueue();
  await queue.database.sql`
    alter table processing_queue add constraint no_three check (payload ->> 'n' <> '3')`;
  const isSeen = Promise.withResolvers<void>();
  const isClosed = Promise.withResolvers<void>();
  async function* silentAfterOneChunk(): AsyncGenerator<InputItem> {
    try {
      const texts = Array.from({ length: 2_000 }, (_, n) => `{"n":${n}}`);
      yield* itemsOf(texts);
      await isSeen.promise;
      yield* itemsOf(texts);
    } finally {
      isClosed.resolve();
    }
  }

  const error = await assertRejects(
    () => addRecordStream(queue.manager, flow, silentAfterOneChunk()),
    OpsdeckError,
  );
  isSeen.resolve();
  await isClosed.promise;

  assertStringIncludes(error.message, "no_three");
  const [row] = await queue.database.sql`select count(*)::int as count from processing_queue`;
  assertEquals(row?.["count"], 0);
});

Deno.test("addRecordStream() rejects by itself what jsonb refuses, and keeps the others", async () => {
  await using queue = await testQueue();
  const refused = {
    '{"a":1e999999}': "digits",
    '{"a":-1E+131072}': "digits",
    '{"a":1e-16384}': "digits",
    '{"a":12.5e-16383}': "digits",
    [`{"a":${"9".repeat(131_073)}}`]: "digits",
    [`{"a":0.${"1".repeat(16_384)}}`]: "digits",
    '{"a":1e99999999999999999999}': "digits",
    [nested(20_000)]: "nested deeper than 1000 levels",
    [nested(1_001)]: "nested deeper than 1000 levels",
    '{"a":"\\u0000","a":1}': "NUL",
    '{"a\\u0000":1}': "NUL",
    '{"a":"\\\\\\u0000"}': "NUL",
    '{"a":"\\uD83d","a":1}': "surrogate",
    '{"a":"\\uDE00\\ud83d"}': "surrogate",
    '{"a":"\\ud83d\\ud83d\\ude00"}': "surrogate",
  };
  const taken = [
    '{"a":1e131071,"b":1E-16383,"c":0.00001e131075}',
    `{"a":${"9".repeat(131_072)},"b":0.${"1".repeat(16_383)}}`,
    '{"a":0e0,"b":-0.0,"c":"1e999999","d":1e00000000005,"e":0e999999,"f":2.5e-5}',
    nested(1_000),
    `{"a":"${"[".repeat(20_000)}","b":[${"[],".repeat(2_000)}[]]}`,
    '{"a":"\\\\u0000","b":"\\\\ud83d"}',
    '{"a":"\\ud83d\\ude00 \\uD83D\\uDE00","b":"\\\\\\\\\\u00e9\\""}',
  ];

  const counts = await add(queue, [...taken, ...Object.keys(refused)]);

  const { added, rejected, problems } = counts;
  assertEquals([added, rejected], [taken.length, Object.keys(refused).length]);
  for (const [at, [text, wanted]] of Object.entries(refused).entries()) {
    const problem = problems[`line ${taken.length + at + 1}`] ?? "";
    assertStringIncludes(problem, wanted, text.slice(0, 50));
  }
});

Deno.test("addRecordStream() takes only well formed texts as dedupe keys", async () => {
  await using queue = await testQueue();
  const keys: unknown[] = [
    "a\ud800",
    "a\udfff",
    "a\0",
    "",
    "x".repeat(201),
    undefined,
    7,
    "a\ud83d\ude00",
  ];
  const { problems, ...counts } = await add(queue, keys.map((_, at) => `{"at":${at}}`), {
    dedupeKey: ({ at }) => keys[Number(at)] as string,
  });

  assertEquals(counts, { added: 1, duplicates: 0, rejected: 7 });
  assertStringIncludes(problems["line 1"] ?? "", '"a\\ud800"');
  assertStringIncludes(problems["line 6"] ?? "", "must be a text: it is undefined");
});

Deno.test("addRecordsToQueue() names the record whose dedupe key is none", async () => {
  await using queue = await testQueue();

  const error = await assertRejects(
    () =>
      queue.processor.addRecordsToQueue(flow, [{ id: "a" }, {}], {
        dedupeKey: ({ id }) => id as string,
      }),
    ValidationError,
  );

  assertEquals(
    error.message,
    "Cannot add record 2 as its dedupe key must be a text: it is undefined",
  );
});
