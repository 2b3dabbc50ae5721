import { assert, assertEquals, assertRejects } from "@std/assert";
import { HealthCheckError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { distributedProcessingFlow, processStandard, runWorker } from "../../lib/queue/mod.ts";
import { absentTarget } from "../support/closed_port.ts";
import { testDatabase } from "../support/postgres_server.ts";
import { testQueue } from "../support/queue_database.ts";
import { waitFor } from "../support/wait_for.ts";

function numbered(count: number) {
  return Array.from({ length: count }, (_, n) => ({ n }));
}

Deno.test("distributedProcessingFlow() works on one batch and sums it up", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(10));

  const { duration_ms, records_per_second, ...summary } = await distributedProcessingFlow("f", 6, {
    database: queue.manager,
    handler: ({ payload }) => {
      if (payload["n"] === 3) throw new Error("three");
      return { n: payload["n"] ?? null };
    },
  });

  assertEquals(summary, {
    flow_name: "f",
    claimed: 6,
    completed: 5,
    failed: 1,
    lost: 0,
    batches: 1,
  });
  assert(duration_ms >= 0 && records_per_second >= 0);
  assertEquals((await queue.processor.getQueueStatus("f")).pending_records, 4);
});

Deno.test("distributedProcessingFlow() refuses to start on an unfit queue, and says why", async () => {
  await using gone = new DatabaseManager("rpa_db", { target: absentTarget() });
  await using empty = await testDatabase();
  await using bare = new DatabaseManager("rpa_db", { target: empty.target });
  const handler = () => null;

  const down = await assertRejects(
    () => distributedProcessingFlow("f", 5, { database: gone, handler }),
    HealthCheckError,
  );
  const bareError = await assertRejects(
    () => distributedProcessingFlow("f", 5, { database: bare, handler }),
    HealthCheckError,
    "queue migrate",
  );

  assertEquals([down.exitCode, bareError.exitCode], [4, 2]);
});

Deno.test("runWorker() drains with several records at once and never more", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(50));
  let running = 0;
  let most = 0;

  const summary = await runWorker(queue.processor, queue.manager, "f", {
    mode: "drain",
    batchSize: 20,
    concurrency: 4,
    handler: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
    },
  });

  assertEquals([summary.completed, summary.batches, most], [50, 3, 4]);
});

Deno.test("runWorker() takes no more than the limit", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(50));

  const summary = await runWorker(queue.processor, queue.manager, "f", {
    mode: "drain",
    batchSize: 20,
    limit: 33,
    handler: () => null,
  });

  assertEquals([summary.claimed, summary.completed, summary.batches], [33, 33, 2]);
});

Deno.test("runWorker() gives back what it has not started when it is stopped", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(50));
  const stop = new AbortController();
  let seen = 0;

  const summary = await runWorker(queue.processor, queue.manager, "f", {
    mode: "drain",
    batchSize: 40,
    signal: stop.signal,
    handler: () => {
      if (++seen === 5) stop.abort();
    },
  });

  assertEquals([summary.claimed, summary.completed], [5, 5]);
  const { by_flow } = await queue.processor.getQueueStatus();
  assertEquals(by_flow["f"], { pending: 45, processing: 0, completed: 5, failed: 0 });
});

Deno.test("runWorker() stores results while a long batch goes on", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(3));
  const gate = Promise.withResolvers<void>();
  const stored = async () => (await queue.processor.getQueueStatus()).completed_records;

  const work = runWorker(queue.processor, queue.manager, "f", {
    concurrency: 2,
    handler: ({ payload }) => payload["n"] === 0 ? gate.promise : undefined,
  });

  await waitFor(async () => await stored() > 0, { what: "a record stored before the batch ends" });
  gate.resolve();
  assertEquals((await work).completed, 3);
});

Deno.test("runWorker() in watch is woken by new records and by records whose time has come", async () => {
  await using queue = await testQueue();
  const stop = new AbortController();
  const seen: unknown[] = [];
  const work = runWorker(queue.processor, queue.manager, "f", {
    mode: "watch",
    // The clock alone would be too late for the first record.
    pollMs: 60_000,
    signal: stop.signal,
    handler: ({ payload }) => void seen.push(payload["n"]),
  });
  const listening = () =>
    queue.database.sql`
    select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`;
  await waitFor(async () => (await listening()).length > 0, { what: "the worker to listen" });

  await queue.another().addRecordsToQueue("f", [{ n: 1 }]);
  await waitFor(() => seen.length === 1, { what: "the new record" });
  stop.abort();

  assertEquals((await work).completed, 1);
});

Deno.test("runWorker() stores each result as it was when its handler gave it", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(6));
  const shared: unknown[] = [];

  const summary = await runWorker(queue.processor, queue.manager, "f", {
    handler: ({ payload }) => {
      // What JSON cannot hold comes to the list when it is the result of nobody any more.
      shared.push(payload["n"] === 5 ? 5n : payload["n"]);
      return payload["n"] === 5 ? "the end" : shared;
    },
  });

  assertEquals([summary.completed, summary.failed], [6, 0]);
  const rows = await queue.database.sql`select result from processing_queue order by id`;
  assertEquals(rows.map((row) => row["result"]), [
    [0],
    [0, 1],
    [0, 1, 2],
    [0, 1, 2, 3],
    [0, 1, 2, 3, 4],
    "the end",
  ]);
});

Deno.test("runWorker() shows signs of life well within its own timeout for orphans", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(1));
  const hasBeaten = async () => {
    const rows = await queue.database.sql`
      select 1 from processing_queue where heartbeat_at > claimed_at`;
    return rows.length > 0;
  };

  const summary = await runWorker(queue.processor, queue.manager, "f", {
    orphanCare: { timeoutMs: 2000, maxRetries: 3 },
    handler: () => waitFor(hasBeaten, { what: "a sign of life" }),
  });

  assertEquals(summary.completed, 1);
});

Deno.test("processStandard() processes records without a queue", async () => {
  const failed: [number, string][] = [];

  const summary = await processStandard("f", numbered(5), ({ payload, id }) => {
    if (payload["n"] === 2) throw new Error(`not ${id}`);
  }, { concurrency: 2, onFailed: (number, error) => failed.push([number, error]) });

  assertEquals([summary.completed, summary.failed, summary.skipped], [4, 1, 0]);
  assertEquals(failed, [[3, "not 3"]]);
});

Deno.test("processStandard() with a journal passes over what an earlier run did", async () => {
  const folder = await Deno.makeTempDir();
  const journalPath = `${folder}/f.journal`;
  const records = [{ n: 1 }, { n: 1 }, { n: 2 }, { n: 3 }];
  const runs: number[][] = [];
  const run = async (bad: number) => {
    const seen: number[] = [];
    runs.push(seen);
    return await processStandard("f", records, ({ id }) => {
      seen.push(id);
      if (id === bad) throw new Error("bad");
    }, { journalPath });
  };

  const [first, second, third] = [await run(3), await run(0), await run(0)];

  assertEquals(runs, [[1, 2, 3, 4], [3], [1, 2, 3, 4]]);
  assertEquals([first.failed, second.skipped, third.skipped], [1, 3, 0]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("processStandard() ends with its summary when its input ends with the stop", async () => {
  const stop = new AbortController();
  async function* input() {
    yield { n: 1 };
    await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
    stop.signal.throwIfAborted();
  }

  const summary = await processStandard("f", input(), () => queueMicrotask(() => stop.abort()), {
    signal: stop.signal,
  });

  assertEquals([summary.completed, summary.failed], [1, 0]);
});

Deno.test("runWorker() gives a record back whose handler does not end in the grace time", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("f", numbered(2));
  const stop = new AbortController();
  const reasons: unknown[] = [];
  const { promise: late, resolve: finish } = Promise.withResolvers<void>();

  const summary = await runWorker(queue.processor, queue.manager, "f", {
    mode: "watch",
    graceMs: 20,
    signal: stop.signal,
    handler: async (_record, { signal }) => {
      signal.addEventListener("abort", () => reasons.push(signal.reason));
      stop.abort();
      await late;
    },
  });
  finish();
  await late;

  assertEquals([summary.claimed, summary.completed, summary.failed, summary.lost], [0, 0, 0, 0]);
  assertEquals(reasons.length, 1);
  const { by_flow } = await queue.processor.getQueueStatus();
  assertEquals(by_flow["f"], { pending: 2, processing: 0, completed: 0, failed: 0 });
});

Deno.test("runWorker() in watch takes orphans of every flow back, unless another one is at it", async () => {
  await using queue = await testQueue();
  const { sql } = queue.database;
  const orphans = async () =>
    (await sql`select 1 from processing_queue where status = 'processing'`).length;
  await queue.another().addRecordsToQueue("orphaned", numbered(3));
  await queue.another().claimRecordsBatch("orphaned", 3);
  await sql`update processing_queue set claimed_at = now() - interval '1 day'`;
  const stop = new AbortController();
  const care = { timeoutMs: 3_600_000, maxRetries: 3, everyMs: 5 };
  const asked = () =>
    queue.manager.query(
      "select 1 from pg_stat_activity where query like '%advisory_xact_lock($1%'",
    );

  const { running, left } = await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(7218440133)`;
    const running = runWorker(queue.processor, queue.manager, "f", {
      mode: "watch",
      signal: stop.signal,
      orphanCare: care,
      handler: () => null,
    });
    await waitFor(async () => (await asked()).length > 0, { what: "a try for the lock" });
    const rows = await transaction`select 1 from processing_queue where status = 'processing'`;
    return { running, left: rows.length };
  });
  await waitFor(async () => await orphans() === 0, { what: "the orphans to be taken back" });
  stop.abort();
  await running;

  assertEquals(left, 3);
  assertEquals((await queue.processor.getQueueStatus()).by_flow["orphaned"]?.pending, 3);
});
