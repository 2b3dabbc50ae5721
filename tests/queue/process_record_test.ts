import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type ClaimedRecord,
  HandlerBrokenError,
  processRecordWithStatus,
  type RecordHandler,
} from "../../lib/queue/mod.ts";
import { testQueue } from "../support/queue_database.ts";

const record: ClaimedRecord = {
  id: 7,
  flow_name: "f",
  payload: { a: 1 },
  retry_count: 2,
  priority: 0,
  created_at: new Date(),
  flow_instance_id: "host-1:1",
};

/** A handler that throws so many times before it gives its result, and notes its attempts. */
function failing(times: number, result: unknown = "done"): RecordHandler & { seen: number[] } {
  const seen: number[] = [];
  return Object.assign((_: ClaimedRecord, { attempt }: { attempt: number }) => {
    seen.push(attempt);
    if (seen.length <= times) throw new Error(`no ${seen.length}`);
    return result;
  }, { seen });
}

Deno.test("processRecordWithStatus() tries twice more by default and gives the result", async () => {
  const handler = failing(2);

  const { duration_ms: _, ...outcome } = await processRecordWithStatus(record, handler, {
    retryDelayMs: 0,
  });

  assertEquals(outcome, {
    record_id: 7,
    status: "completed",
    result: "done",
    error: null,
    attempts: 3,
  });
  assertEquals(handler.seen, [3, 4, 5]);
});

Deno.test("processRecordWithStatus() gives the last reason when all tries fail", async () => {
  const outcome = await processRecordWithStatus(record, failing(9), { retryDelayMs: 0 });

  assertEquals([outcome.status, outcome.error, outcome.attempts], ["failed", "no 3", 3]);
});

for (
  const [name, value, reason] of [
    ["a bigint", { id: 1n }, 'JSON cannot hold a bigint in "id"'],
    ["a function", () => {}, "JSON cannot hold a function"],
    ["a circle", circle(), "JSON cannot hold a circle"],
    ["a NUL character", "a\0b", "NUL"],
    ["too much", "x".repeat(1_048_576), "the limit is 1048576"],
  ] as const
) {
  Deno.test(`processRecordWithStatus() fails a result with ${name} at the first try`, async () => {
    const outcome = await processRecordWithStatus(record, () => value);

    assertEquals([outcome.status, outcome.attempts], ["failed", 1]);
    assertStringIncludes(outcome.error ?? "", "the result of record 7");
    assertStringIncludes(outcome.error ?? "", reason);
  });
}

Deno.test("processRecordWithStatus() fails a try that takes too long and tells the handler", async () => {
  let reason: unknown;
  const handler: RecordHandler = (_, { signal }) =>
    new Promise((resolve) =>
      signal.addEventListener("abort", () => {
        reason = signal.reason;
        resolve("too late");
      })
    );

  const outcome = await processRecordWithStatus(record, handler, { timeoutMs: 20 });

  assertEquals([outcome.status, outcome.attempts], ["failed", 1]);
  assertEquals(outcome.error, "It took longer than 20 ms");
  assertStringIncludes(String(reason), "It took longer");
});

Deno.test("processRecordWithStatus() ends the wait between tries when it is stopped", async () => {
  const stop = new AbortController();
  const handler = failing(9);
  const work = processRecordWithStatus(record, (r, c) => {
    queueMicrotask(() => stop.abort());
    return handler(r, c);
  }, { signal: stop.signal });

  assertEquals((await work).attempts, 1);
});

Deno.test("processRecordWithStatus() passes on that the handler cannot work at all", async () => {
  await assertRejects(
    () =>
      processRecordWithStatus(record, () => {
        throw new HandlerBrokenError("no program");
      }),
    HandlerBrokenError,
  );
});

Deno.test("processRecordWithStatus() with a processor stores what became of the record", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue("f", [{ n: 1 }, { n: 2 }]);
  const options = { processor, retryDelayMs: 0 };

  for (const claimed of await processor.claimRecordsBatch("f", 2)) {
    await processRecordWithStatus(claimed, ({ payload }) => {
      if (payload["n"] === 2) throw new Error("two is wrong");
      return { seen: payload };
    }, options);
  }

  const rows = await queue.database.sql`
    select status, result, error_message from processing_queue order by id`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { status: "completed", result: { seen: { n: 1 } }, error_message: null },
    { status: "failed", result: null, error_message: "two is wrong" },
  ]);
});

function circle(): unknown {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}
