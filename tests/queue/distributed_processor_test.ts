import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { StaleClaimError, ValidationError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { DistributedProcessor, type Payload } from "../../lib/queue/mod.ts";
import { absentTarget } from "../support/closed_port.ts";
import { testQueue } from "../support/queue_database.ts";
import { waitFor } from "../support/wait_for.ts";

const flow = "survey_processor";

function numbered(count: number): Payload[] {
  return Array.from({ length: count }, (_, n) => ({ n: n + 1 }));
}

Deno.test("addRecordsToQueue() adds all records in order and gives their number", async () => {
  await using queue = await testQueue();

  assertEquals(await queue.processor.addRecordsToQueue(flow, numbered(12_345)), 12_345);

  const rows = await queue.database.sql`
    select payload->>'n' as n, status, retry_count, priority, run_at <= now() as due
    from processing_queue order by id limit 2 offset 12343`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { n: "12344", status: "pending", retry_count: 0, priority: 0, due: true },
    { n: "12345", status: "pending", retry_count: 0, priority: 0, due: true },
  ]);
  assertEquals(await queue.processor.addRecordsToQueue(flow, []), 0);
});

Deno.test("addRecordsToQueue() adds nothing when one record is wrong, and names it", async () => {
  await using queue = await testQueue();
  const bad: [unknown, string][] = [
    [{ text: "a\0b" }, "a NUL character"],
    [{ "\ud800": 1 }, "half of a surrogate pair"],
    [{ big: 1n }, 'a bigint in "big"'],
    [{ at: new Map() }, 'a Map in "at"'],
    [{ x: NaN }, 'the number NaN in "x"'],
    [{ text: "é".repeat(600_000) }, "the limit is 1048576"],
    [[1], "a record must be a JSON object"],
    [null, "a record must be a JSON object"],
  ];
  for (const [record, reason] of bad) {
    // Callers in JavaScript can hand over anything.
    const records = [...numbered(2), record as Payload];

    const error = await assertRejects(
      () => queue.processor.addRecordsToQueue(flow, records),
      ValidationError,
    );

    assertStringIncludes(error.message, "Cannot");
    assertStringIncludes(error.message, "record 3");
    assertStringIncludes(error.message, reason);
  }
  assertEquals((await queue.processor.getQueueStatus()).total_records, 0);
});

Deno.test("addRecordsToQueue() leaves out records whose dedupe key is unfinished", async () => {
  await using queue = await testQueue();
  const options = { dedupeKey: (payload: Payload) => String(payload["n"]) };

  assertEquals(await queue.processor.addRecordsToQueue(flow, numbered(5), options), 5);
  assertEquals(await queue.processor.addRecordsToQueue(flow, numbered(7), options), 2);
  assertEquals(await queue.processor.addRecordsToQueue("other", numbered(5), options), 5);
  const [first] = await queue.processor.claimRecordsBatch(flow, 1);
  assertEquals(first?.payload, { n: 1 });
  assertEquals(await queue.processor.addRecordsToQueue(flow, numbered(1), options), 0);
  await queue.processor.markRecordCompleted(first?.id ?? 0, null);
  assertEquals(await queue.processor.addRecordsToQueue(flow, numbered(1), options), 1);
  await assertRejects(
    () => queue.processor.addRecordsToQueue(flow, numbered(1), { dedupeKey: () => "" }),
    ValidationError,
    "1 to 200 characters",
  );
});

Deno.test("claimRecordsBatch() gives due records, most urgent first, then oldest", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  const tomorrow = new Date(Date.now() + 86_400_000);
  await processor.addRecordsToQueue(flow, [{ n: 1 }, { n: 2 }]);
  await processor.addRecordsToQueue(flow, [{ n: 3 }], { priority: -5 });
  await processor.addRecordsToQueue(flow, [{ n: 4 }], { priority: 5 });
  await processor.addRecordsToQueue(flow, [{ n: 5 }], { priority: -10, runAt: tomorrow });
  await processor.addRecordsToQueue("other", [{ n: 6 }]);

  const claims = [await processor.claimRecordsBatch(flow, 2)];
  claims.push(await processor.claimRecordsBatch(flow, 10));

  assertEquals(claims.map((records) => records.map((record) => record.payload["n"])), [
    [3, 1],
    [2, 4],
  ]);
  assertEquals(await processor.claimRecordsBatch(flow, 10), []);
  const [[a], [b]] = [claims[0] ?? [], claims[1] ?? []];
  assertMatch(a?.flow_instance_id ?? "", /^.+-\d+\.[0-9a-f]{8}:1$/);
  assertNotEquals(a?.flow_instance_id, b?.flow_instance_id);
  assertEquals([a?.retry_count, a?.flow_name, a?.created_at instanceof Date], [0, flow, true]);
});

Deno.test("claimRecordsBatch() refuses a bad batch size or flow name", async () => {
  const processor = new DistributedProcessor(new DatabaseManager("rpa_db"));

  for (const batchSize of [0, -1, 1.5, NaN, 10_001]) {
    await assertRejects(
      () => processor.claimRecordsBatch(flow, batchSize),
      ValidationError,
      `batch size must be a whole number from 1 to 10000: it is ${batchSize}`,
    );
  }
  for (const name of ["", " ", "x".repeat(101), "a\0b"]) {
    await assertRejects(() => processor.claimRecordsBatch(name, 1), ValidationError, "flow name");
  }
});

Deno.test("markRecordCompleted() stores the result beside the payload", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue(flow, numbered(3));
  const [a, b, c] = await processor.claimRecordsBatch(flow, 3);

  await processor.markRecordCompleted(a?.id ?? 0, { status: "success", "späte": ["✓", null] });
  await processor.markRecordCompleted(b?.id ?? 0);
  await assertRejects(
    () => processor.markRecordCompleted(c?.id ?? 0, { when: 10n }),
    ValidationError,
    `the result of record ${c?.id}`,
  );

  const rows = await queue.database.sql`
    select status, payload, result, completed_at is not null as ended, error_message
    from processing_queue order by id`;
  assertEquals(rows.map((row) => ({ ...row })), [
    {
      status: "completed",
      payload: { n: 1 },
      result: { status: "success", "späte": ["✓", null] },
      ended: true,
      error_message: null,
    },
    { status: "completed", payload: { n: 2 }, result: null, ended: true, error_message: null },
    { status: "processing", payload: { n: 3 }, result: null, ended: false, error_message: null },
  ]);
  assertEquals(processor.recordsInHand, [c?.id]);
});

Deno.test("markRecordFailed() stores the reason and counts the try", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue(flow, numbered(1));
  const [record] = await processor.claimRecordsBatch(flow, 1);

  await processor.markRecordFailed(record?.id ?? 0, "the survey\0 is empty");

  const [row] = await queue.database.sql`select * from processing_queue`;
  assertEquals([row?.["status"], row?.["error_message"], row?.["retry_count"]], [
    "failed",
    "the survey is empty",
    1,
  ]);
  assertEquals(await processor.claimRecordsBatch(flow, 1), []);
});

Deno.test("markRecordFailed() with a retry policy doubles the wait until the limit", async () => {
  await using queue = await testQueue();
  const { processor, database } = queue;
  const retry = { maxRetries: 3, initialDelayMs: 60_000, backoffFactor: 2, maxDelayMs: 90_000 };
  await processor.addRecordsToQueue(flow, numbered(1));
  const waits: (number | string)[] = [];

  for (let attempt = 1; attempt <= 3; attempt++) {
    await database.sql`update processing_queue set run_at = now() - interval '1 s'`;
    const [record] = await processor.claimRecordsBatch(flow, 1);
    assertEquals(record?.retry_count, attempt - 1);
    await processor.markRecordFailed(record?.id ?? 0, `try ${attempt}`, { retry });
    const [row] = await database.sql`
      select status, error_message, claimed_at,
        round(extract(epoch from run_at - updated_at))::int as wait
      from processing_queue`;
    waits.push(row?.["status"] === "pending" ? row["wait"] : row?.["status"]);
    assertEquals(row?.["error_message"], `try ${attempt}`);
  }

  assertEquals(waits, [60, 90, "failed"]);
});

Deno.test("completing or failing without a claim is a StaleClaimError", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue(flow, numbered(2));
  const [record] = await queue.processor.claimRecordsBatch(flow, 1);
  const id = record?.id ?? 0;
  const other = queue.another();

  await assertRejects(() => other.markRecordCompleted(id, {}), StaleClaimError, `record ${id}`);
  await assertRejects(() => other.markRecordFailed(id, "x"), StaleClaimError, `record ${id}`);
  assertEquals(await other.markRecordsCompleted([{ id }]), { ids: [], lost: [id] });
  assertEquals(await other.markRecordsFailed([{ id, error: "x" }]), { ids: [], lost: [id] });
  assertEquals(await other.heartbeat([id]), { ids: [], lost: [id] });
  assertEquals(await other.releaseRecords([id]), { ids: [], lost: [id] });
  await queue.processor.markRecordCompleted(id, {});
  await assertRejects(() => queue.processor.markRecordCompleted(id, {}), StaleClaimError);
});

Deno.test("batch forms end records of several claims and report those that are lost", async () => {
  await using queue = await testQueue();
  const { processor, database } = queue;
  await processor.addRecordsToQueue(flow, numbered(6));
  const ids = [
    ...await processor.claimRecordsBatch(flow, 3),
    ...await processor.claimRecordsBatch(flow, 3),
  ].map((record) => record.id);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = ids;
  await database.sql`
    update processing_queue set flow_instance_id = 'another:1' where id in (${b}, ${f})`;

  const done = await processor.markRecordsCompleted([{ id: a, result: { ok: 1 } }, { id: b }, {
    id: d,
  }]);
  const failed = await processor.markRecordsFailed([{ id: c, error: "c" }, { id: f, error: "f" }]);
  const beat = await processor.heartbeat();

  assertEquals(done, { ids: [a, d], lost: [b] });
  assertEquals(failed, { ids: [c], lost: [f] });
  assertEquals(beat, { ids: [e], lost: [] });
  assertEquals(processor.recordsInHand, [e]);
});

Deno.test("failing a record that was given back is no failure of its claim, with retries or without", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  const retry = { maxRetries: 9, initialDelayMs: 0, backoffFactor: 1, maxDelayMs: 0 };
  await processor.addRecordsToQueue("f", [{}]);
  for (const options of [{}, { retry }]) {
    const [record] = await processor.claimRecordsBatch("f", 1);
    assert(record);
    const { id, flow_instance_id } = record;
    await processor.releaseRecords([record]);

    const outcome = await processor.markRecordsFailed(
      [{ id, flow_instance_id, error: "too late" }],
      options,
    );

    assertEquals(outcome, { ids: [], lost: [id] });
    await assertRejects(
      () => processor.markRecordFailed(id, "too late", { flow_instance_id, ...options }),
      StaleClaimError,
    );
  }
});

Deno.test("releaseRecords() gives records back untouched, first in line", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue(flow, numbered(3));
  const claimed = await processor.claimRecordsBatch(flow, 2);

  await processor.releaseRecords(claimed.map((record) => record.id));

  const again = await processor.claimRecordsBatch(flow, 3);
  assertEquals(again.map((record) => [record.payload["n"], record.retry_count]), [
    [1, 0],
    [2, 0],
    [3, 0],
  ]);
});

Deno.test("cleanupOrphanedRecords() takes back silent records and fails them at the limit", async () => {
  await using queue = await testQueue();
  const { processor, database } = queue;
  await processor.addRecordsToQueue(flow, numbered(3));
  await processor.claimRecordsBatch(flow, 3);
  await database.sql`
    update processing_queue set claimed_at = now() - interval '2 hours', retry_count = 2
    where payload->>'n' = '1'`;
  await database.sql`
    update processing_queue set claimed_at = now() - interval '2 hours' where payload->>'n' = '2'`;

  assertEquals(await processor.cleanupOrphanedRecords(), 2);
  assertEquals(await processor.cleanupOrphanedRecords(1), 0);

  const rows = await database.sql`
    select status, retry_count, orphan_count, flow_instance_id is null as free,
      claimed_at is null as unclaimed, error_message
    from processing_queue order by id`;
  const [failed, requeued, held] = rows;
  assertEquals([failed?.["status"], failed?.["retry_count"], failed?.["orphan_count"]], [
    "failed",
    3,
    1,
  ]);
  assertMatch(failed?.["error_message"], /Given up after 3 attempts: its worker .+ died/);
  assertEquals({ ...requeued }, {
    status: "pending",
    retry_count: 1,
    orphan_count: 1,
    free: true,
    unclaimed: true,
    error_message: null,
  });
  assertEquals(held?.["status"], "processing");
  assertEquals(await processor.cleanupOrphanedRecords(0), 1);
  for (const hours of [-1, NaN, Infinity]) {
    await assertRejects(() => processor.cleanupOrphanedRecords(hours), ValidationError, "timeout");
  }
});

Deno.test("a heartbeat keeps a long record from being taken back", async () => {
  await using queue = await testQueue();
  const { processor, database } = queue;
  await processor.addRecordsToQueue(flow, numbered(2));
  const [{ id } = { id: 0 }] = await processor.claimRecordsBatch(flow, 2);
  await database.sql`update processing_queue set claimed_at = now() - interval '2 hours'`;

  assertEquals(await processor.heartbeat([id]), { ids: [id], lost: [] });

  assertEquals(await processor.cleanupOrphanedRecords(1), 1);
  await processor.markRecordCompleted(id, null);
});

Deno.test("resetFailedRecords() resets those below the limit of one flow", async () => {
  await using queue = await testQueue();
  const { processor, database } = queue;
  await processor.addRecordsToQueue(flow, numbered(4));
  await processor.addRecordsToQueue("other", numbered(1));
  for (const name of [flow, "other"]) {
    for (const { id } of await processor.claimRecordsBatch(name, 4)) {
      await processor.markRecordFailed(id, "no");
    }
  }
  await database.sql`update processing_queue set retry_count = 3 where payload->>'n' = '4'`;

  assertEquals(await processor.resetFailedRecords(flow), 3);

  const { by_flow } = await processor.getQueueStatus();
  assertEquals(by_flow[flow], { pending: 3, processing: 0, completed: 0, failed: 1 });
  assertEquals(by_flow["other"], { pending: 0, processing: 0, completed: 0, failed: 1 });
  assertEquals(await processor.resetFailedRecords(flow, 4), 1);
});

Deno.test("resetFailedRecords() leaves a record failed whose dedupe key is taken", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  const options = { dedupeKey: () => "same" };
  for (let times = 0; times < 2; times++) {
    await processor.addRecordsToQueue(flow, numbered(1), options);
    const [record] = await processor.claimRecordsBatch(flow, 1);
    await processor.markRecordFailed(record?.id ?? 0, "no");
  }

  assertEquals(await processor.resetFailedRecords(flow), 1);
  assertEquals(await processor.resetFailedRecords(flow), 0);
});

Deno.test("getQueueStatus() counts by status and flow, as the reference has it", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue(flow, numbered(4));
  await processor.addRecordsToQueue("other", numbered(1));
  const [a, b] = await processor.claimRecordsBatch(flow, 3);
  await processor.markRecordCompleted(a?.id ?? 0, {});
  await processor.markRecordFailed(b?.id ?? 0, "no");

  const counts = { pending: 1, processing: 1, completed: 1, failed: 1 };
  assertEquals(await processor.getQueueStatus(flow), {
    total_records: 4,
    pending_records: 1,
    processing_records: 1,
    completed_records: 1,
    failed_records: 1,
    by_flow: { [flow]: counts },
  });
  const all = await processor.getQueueStatus();
  assertEquals([all.total_records, all.pending_records, Object.keys(all.by_flow)], [
    5,
    2,
    ["other", flow],
  ]);
});

Deno.test("getQueueStatus() counts a flow whatever its name is", async () => {
  await using queue = await testQueue();
  const names = ["constructor", "toString", "__proto__"];
  for (const name of names) await queue.processor.addRecordsToQueue(name, [{}, {}]);

  const status = await queue.processor.getQueueStatus();

  assertEquals(status.total_records, 6);
  assertEquals(Object.keys(status.by_flow).sort(), names.toSorted());
  for (const counts of Object.values(status.by_flow)) {
    assertEquals(counts, { pending: 2, processing: 0, completed: 0, failed: 0 });
  }
});

Deno.test("healthCheck() reports databases, counts and instance", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue(flow, numbered(2));
  await using source = new DatabaseManager("SurveyHub", { target: absentTarget() });

  const health = await queue.processor.healthCheck();
  const degraded = await new DistributedProcessor(queue.manager, source).healthCheck();
  const unhealthy = await new DistributedProcessor(source).healthCheck();

  assertEquals(health.status, "healthy");
  assertEquals(health.databases["rpa_db"]?.connection, true);
  assert((health.databases["rpa_db"]?.response_time_ms ?? -1) >= 0);
  assertEquals(health.queue_status, {
    pending_records: 2,
    processing_records: 0,
    failed_records: 0,
    total_records: 2,
  });
  assertEquals(health.instance_info.hostname, Deno.hostname());
  assert(health.instance_info.instance_id.startsWith(Deno.hostname()));
  assert(!Number.isNaN(Date.parse(health.timestamp)));
  assertEquals([degraded.status, degraded.databases["SurveyHub"]?.connection], ["degraded", false]);
  assertEquals([unhealthy.status, unhealthy.queue_status], ["unhealthy", null]);
});

Deno.test("completeAndClaimBatch() completes what it holds, reports what it lost, and claims", async () => {
  await using queue = await testQueue();
  const { processor, database } = queue;
  await processor.addRecordsToQueue(flow, numbered(8));
  const [a, b, c] = await processor.claimRecordsBatch(flow, 3);
  await database.sql`
    update processing_queue set flow_instance_id = 'another:1' where id = ${b?.id ?? 0}`;
  const work = [a, b, c].map((record) => ({ id: record?.id ?? 0, result: { n: record?.id ?? 0 } }));

  const next = await processor.completeAndClaimBatch(work, flow, 2);
  const last = await processor.completeAndClaimBatch(next.records, flow, 10);

  assertEquals([next.ids, next.lost], [[a?.id, c?.id], [b?.id]]);
  assertEquals(next.records.map((record) => record.payload["n"]), [4, 5]);
  assertEquals(last.records.map((record) => record.payload["n"]), [6, 7, 8]);
  const rows = await database.sql`
    select payload->>'n' as n, result from processing_queue where status = 'completed' order by id`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { n: "1", result: { n: a?.id } },
    { n: "3", result: { n: c?.id } },
    { n: "4", result: null },
    { n: "5", result: null },
  ]);
});

Deno.test("completeAndClaimBatch() holds nothing of the others while it waits for a record of its own", async () => {
  await using queue = await testQueue();
  const { sql } = queue.database;
  await queue.processor.addRecordsToQueue(flow, numbered(4));
  const held = await queue.processor.claimRecordsBatch(flow, 2);
  const isWaiting = async () =>
    (await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`).length > 0;

  let waiting: ReturnType<typeof queue.processor.completeAndClaimBatch> | undefined;

  const others = await queue.manager.transaction(async (session) => {
    const lock = "select from processing_queue where id = $1 for update";
    await session.query(lock, [held[0]?.id]);
    waiting = queue.processor.completeAndClaimBatch(held, flow, 2);
    await waitFor(isWaiting, { what: "the completion to wait for its record" });
    return await queue.another().claimRecordsBatch(flow, 2);
  });
  const done = await waiting;

  assertEquals(others.map((record) => record.payload["n"]), [3, 4]);
  assertEquals(done, { ids: held.map((record) => record.id), lost: [], records: [] });
});

Deno.test("completeAndClaimBatch() without work, or with that of several claims, does both too", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue(flow, numbered(5));

  const first = await processor.completeAndClaimBatch([], flow, 2);
  const second = await processor.claimRecordsBatch(flow, 2);
  const both = [...first.records, ...second];
  const last = await processor.completeAndClaimBatch(both, flow, 2);

  assertEquals(first.records.length, 2);
  assertEquals(last.ids.toSorted(), both.map((record) => record.id));
  assertEquals([last.lost, last.records.length], [[], 1]);
  assertEquals(processor.recordsInHand, last.records.map((record) => record.id));
});
