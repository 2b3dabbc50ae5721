import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseConnectionError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import {
  addRecordStream,
  DistributedProcessor,
  type InputItem,
  leftBehindText,
  runWorker,
} from "../../lib/queue/mod.ts";
import { type TestQueue, testQueue } from "../support/queue_database.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp_proxy.ts";
import { waitFor } from "../support/wait_for.ts";

const flow = "surveys";

interface ProxiedQueue extends AsyncDisposable {
  /** The queue itself, reached directly. */
  queue: TestQueue;
  proxy: TcpProxy;
  /** The database through the proxy. */
  manager: DatabaseManager;
  /** A processor through the proxy. */
  processor: DistributedProcessor;
}

async function proxiedQueue(records: number): Promise<ProxiedQueue> {
  const queue = await testQueue();
  await queue.processor.addRecordsToQueue(flow, numbered(records));
  const proxy = startTcpProxy(queue.database.target);
  const manager = new DatabaseManager("rpa_db", { target: proxy.target });
  return {
    queue,
    proxy,
    manager,
    processor: new DistributedProcessor(manager),
    async [Symbol.asyncDispose]() {
      await manager.close();
      await proxy[Symbol.asyncDispose]();
      await queue[Symbol.asyncDispose]();
    },
  };
}

function numbered(count: number): { number: number }[] {
  return Array.from({ length: count }, (_, number) => ({ number }));
}

async function* items(count: number): AsyncGenerator<InputItem> {
  for (const value of numbered(count)) {
    await Promise.resolve();
    yield { position: `record ${value.number}`, value, text: JSON.stringify(value) };
  }
}

async function countByStatus({ database }: TestQueue): Promise<Record<string, number>> {
  const rows = await database.sql<{ status: string; count: number }[]>`
    select status, count(*)::int as count from processing_queue group by status`;
  return Object.fromEntries(rows.map((row) => [row.status, row.count]));
}

const claimPattern = /with recursive (level|fresh)/;
const completePattern = /set status = 'completed'/;
const failPattern = /failure\.error/;
const releasePattern = /set status = 'pending', claimed_at/;
const commitPattern = /^commit/i;

Deno.test("claimRecordsBatch() gives the records of a claim whose answer was lost", async () => {
  await using test = await proxiedQueue(30);
  const { processor, proxy, queue } = test;
  const lost = proxy.loseAnswer(claimPattern);

  await assertRejects(() => processor.claimRecordsBatch(flow, 10), DatabaseConnectionError);
  await lost;
  assertEquals(await countByStatus(queue), { pending: 20, processing: 10 });
  const recovered = await processor.claimRecordsBatch(flow, 10);

  assertEquals(recovered.map((record) => record.payload["number"]), [...Array(10).keys()]);
  assertEquals(await countByStatus(queue), { pending: 20, processing: 10 });
  const { lost: none } = await processor.markRecordsCompleted(recovered);
  assertEquals(none, []);
  const next = await processor.claimRecordsBatch(flow, 10);
  assertEquals(next[0]?.payload["number"], 10);
});

Deno.test("claimRecordsBatch() gives the records of a lost claim however long the database was away", async () => {
  await using test = await proxiedQueue(30);
  const { processor, proxy } = test;
  const lost = proxy.loseAnswer(claimPattern);
  await assertRejects(() => processor.claimRecordsBatch(flow, 10), DatabaseConnectionError);
  await lost;
  const { now } = performance;
  performance.now = () => now.call(performance) + 3_600_000;
  try {
    const recovered = await processor.claimRecordsBatch(flow, 10);

    assertEquals(recovered.map((record) => record.payload["number"]), [...Array(10).keys()]);
  } finally {
    performance.now = now;
  }
});

Deno.test("claimRecordsBatch() gives lost records to one caller, never more than asked", async () => {
  await using test = await proxiedQueue(30);
  const { processor, proxy, queue } = test;
  const lost = [proxy.loseAnswer(claimPattern), proxy.loseAnswer(claimPattern)];
  const claims = [10, 10].map((count) =>
    assertRejects(() => processor.claimRecordsBatch(flow, count), DatabaseConnectionError)
  );
  await Promise.all([...claims, ...lost]);
  assertEquals(await countByStatus(queue), { pending: 10, processing: 20 });

  const batches = await Promise.all(
    Array.from({ length: 8 }, () => processor.claimRecordsBatch(flow, 4)),
  );
  for (const batch of batches) assert(batch.length <= 4, `asked for 4, got ${batch.length}`);
  do batches.push(await processor.claimRecordsBatch(flow, 4)); while (batches.at(-1)?.length !== 0);

  const ids = batches.flat().map((record) => record.id);
  assertEquals(ids.length, 30);
  assertEquals(new Set(ids).size, 30);
  assertEquals(processor.recordsInHand.length, 30);
});

Deno.test("claimRecordsBatch() finds a claim that the server ran after its connection broke", async () => {
  await using test = await proxiedQueue(30);
  const { processor, proxy, queue } = test;
  const { sql } = queue.database;
  // A statement that is prepared waits for the lock when it is run, not when it is read.
  await processor.claimRecordsBatch("nothing", 1);
  const cut = proxy.loseAnswer(claimPattern, "sent");
  const locked = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const holding = sql.begin(async (transaction) => {
    await transaction`lock table processing_queue in share mode`;
    locked.resolve();
    await release.promise;
  });
  await locked.promise;

  await assertRejects(() => processor.claimRecordsBatch(flow, 10), DatabaseConnectionError);
  await cut;
  const second = processor.claimRecordsBatch(flow, 10);
  await waitFor(
    async () => {
      const rows = await queue.manager.query(
        "select 1 from pg_locks where not granted and relation = 'processing_queue'::regclass",
      );
      return rows.length === 2;
    },
    { what: "two claims that wait for the table" },
  );
  release.resolve();
  await holding;
  const got = [...await second];
  await waitFor(async () => (await countByStatus(queue))["processing"] === 20, {
    what: "the claim that nobody heard of",
  });
  got.push(...await processor.claimRecordsBatch(flow, 10));

  assertEquals(got.map((record) => record.payload["number"]).sort(byNumber), [
    ...Array(20).keys(),
  ]);
  assertEquals(await countByStatus(queue), { pending: 10, processing: 20 });
});

Deno.test("markRecordsCompleted() called again after a lost answer says that they are completed", async () => {
  await using test = await proxiedQueue(20);
  const { processor, proxy, queue } = test;
  for (const result of [undefined, { seen: true }]) {
    const records = await processor.claimRecordsBatch(flow, 10);
    const work = records.map(({ id }) => ({ id, result }));
    const lost = proxy.loseAnswer(completePattern);

    await assertRejects(() => processor.markRecordsCompleted(work), DatabaseConnectionError);
    await lost;
    const [before] = await readCompletion(queue, records[0]?.id);
    const outcome = await processor.markRecordsCompleted(work);

    assertEquals(outcome, { ids: records.map((record) => record.id), lost: [] });
    assertEquals(await readCompletion(queue, records[0]?.id), [before]);
  }
  assertEquals(await countByStatus(queue), { completed: 20 });
});

Deno.test("markRecordCompleted() called again after a lost answer does not throw", async () => {
  await using test = await proxiedQueue(1);
  const { processor, proxy } = test;
  const [record] = await processor.claimRecordsBatch(flow, 1);
  const lost = proxy.loseAnswer(completePattern);
  const id = record?.id ?? 0;

  await assertRejects(() => processor.markRecordCompleted(id, 1), DatabaseConnectionError);
  await lost;

  await processor.markRecordCompleted(id, 1);
});

for (
  const [name, retry, status] of [
    ["markRecordsFailed()", undefined, "failed"],
    [
      "markRecordsFailed() with a retry policy",
      { maxRetries: 5, initialDelayMs: 3_600_000, backoffFactor: 2, maxDelayMs: 3_600_000 },
      "pending",
    ],
  ] as const
) {
  Deno.test(`${name} called again after a lost answer counts the failure once`, async () => {
    await using test = await proxiedQueue(5);
    const { processor, proxy, queue } = test;
    const records = await processor.claimRecordsBatch(flow, 5);
    const failures = records.map(({ id }) => ({ id, error: "No such customer" }));
    const options = retry === undefined ? {} : { retry };
    const lost = proxy.loseAnswer(failPattern);

    await assertRejects(
      () => processor.markRecordsFailed(failures, options),
      DatabaseConnectionError,
    );
    await lost;
    const outcome = await processor.markRecordsFailed(failures, options);

    assertEquals(outcome, { ids: records.map((record) => record.id), lost: [] });
    const rows = await queue.database.sql`
      select distinct status, retry_count, error_message from processing_queue`;
    assertEquals([...rows], [{ status, retry_count: 1, error_message: "No such customer" }]);
  });
}

Deno.test("releaseRecords() called again after a lost answer loses none", async () => {
  await using test = await proxiedQueue(5);
  const { processor, proxy, queue } = test;
  const records = await processor.claimRecordsBatch(flow, 5);
  const lost = proxy.loseAnswer(releasePattern);

  await assertRejects(() => processor.releaseRecords(records), DatabaseConnectionError);
  await lost;
  const outcome = await processor.releaseRecords(records);

  assertEquals(outcome.lost, []);
  assertEquals(await countByStatus(queue), { pending: 5 });
});

Deno.test("addRecordsToQueue() whose commit was answered to nobody has added once", async () => {
  await using test = await proxiedQueue(0);
  const { processor, proxy, queue } = test;
  const lost = proxy.loseAnswer(commitPattern);

  const added = await processor.addRecordsToQueue(flow, numbered(100));
  await lost;

  assertEquals(added, 100);
  assertEquals(await countByStatus(queue), { pending: 100 });
});

Deno.test("addRecordsToQueue() that was rolled back says that it can be run again", async () => {
  await using test = await proxiedQueue(0);
  const { processor, proxy, queue } = test;
  const lost = proxy.loseAnswer(/insert into processing_queue/);

  const error = await assertRejects(
    () => processor.addRecordsToQueue(flow, numbered(100)),
    DatabaseConnectionError,
  );
  await lost;

  assert(/again/.test(error.message), error.message);
  assertEquals(await countByStatus(queue), {});
  assertEquals(await processor.addRecordsToQueue(flow, numbered(100)), 100);
});

Deno.test("addRecordStream() whose commit was answered to nobody has added once", async () => {
  await using test = await proxiedQueue(0);
  const { manager, proxy, queue } = test;
  const lost = proxy.loseAnswer(commitPattern);

  const counts = await addRecordStream(manager, flow, items(12_000));
  await lost;

  assertEquals(counts, { added: 12_000, duplicates: 0, rejected: 0 });
  assertEquals(await countByStatus(queue), { pending: 12_000 });
});

Deno.test("addRecordStream() learns what it committed though it was told to stop meanwhile", async () => {
  await using test = await proxiedQueue(0);
  const { proxy, queue } = test;
  const stop = new AbortController();
  await using manager = new DatabaseManager("rpa_db", {
    target: proxy.target,
    connectSignal: stop.signal,
  });
  const lost = proxy.loseAnswer(commitPattern).then(() => stop.abort());

  const counts = await addRecordStream(manager, flow, items(10));
  await lost;

  assertEquals(counts, { added: 10, duplicates: 0, rejected: 0 });
  assertEquals(await countByStatus(queue), { pending: 10 });
});

Deno.test("addRecordStream() waits for the server to come back to learn what it committed", async () => {
  await using test = await proxiedQueue(0);
  const { manager, proxy, queue } = test;
  await manager.query("select 1");
  proxy.refuse();
  const lost = proxy.loseAnswer(commitPattern);
  const adding = addRecordStream(manager, flow, items(10));
  await lost;
  let isOver = false;
  const over = adding.then(() => isOver = true);
  await waitFor(async () => (await countByStatus(queue))["pending"] === 10, { what: "the commit" });
  assertEquals(isOver, false);

  proxy.accept();

  await over;
  assertEquals(await adding, { added: 10, duplicates: 0, rejected: 0 });
});

Deno.test("runWorker() goes on when the database comes back, and completes all records once", async () => {
  await using test = await proxiedQueue(400);
  const { manager, processor, proxy, queue } = test;
  const runs = new Map<number, number>();
  const troubles: Error[] = [];
  let handled = 0;

  const summary = await runWorker(processor, manager, flow, {
    mode: "drain",
    batchSize: 50,
    concurrency: 4,
    handler(record) {
      runs.set(record.id, (runs.get(record.id) ?? 0) + 1);
      handled++;
      if (handled === 120 || handled === 260) {
        proxy.refuse();
        proxy.cut();
      }
      if (handled === 330) void proxy.loseAnswer(claimPattern);
      return handled;
    },
    onTrouble: (error) => {
      troubles.push(error);
      proxy.accept();
    },
  }).catch((error) => error);

  assert(!(summary instanceof Error), String(summary));
  assertEquals([summary.completed, summary.failed, summary.lost], [400, 0, 0]);
  assert(troubles.length >= 2, `${troubles.length} troubles`);
  assert(troubles.every((trouble) => trouble instanceof DatabaseConnectionError), `${troubles}`);
  assertEquals([...runs.values()].filter((count) => count !== 1), []);
  assertEquals(await countByStatus(queue), { completed: 400 });
});

for (const isAway of [false, true]) {
  const when = isAway ? "once the database is back" : "when it is stopped after a lost answer";
  Deno.test(`runWorker() gives back what it never heard of ${when}`, async () => {
    await using test = await proxiedQueue(30);
    const { manager, processor, proxy, queue } = test;
    const stop = new AbortController();
    let tries = 0;

    const summary = await runWorker(processor, manager, flow, {
      mode: "drain",
      batchSize: 10,
      signal: stop.signal,
      handler({ payload }) {
        // The next claim and these completions are one statement.
        if (payload["number"] === 9) void proxy.loseAnswer(claimPattern);
      },
      onTrouble() {
        stop.abort();
        if (!isAway) return;
        proxy.refuse();
        // The first connection after the stop is for the completions.
        if (++tries === 2) proxy.accept();
      },
    });

    assertEquals([summary.claimed, summary.completed, summary.lost], [10, 10, 0]);
    assertEquals(await countByStatus(queue), { pending: 20, completed: 10 });
    assertEquals(processor.recordsInHand, []);
  });
}

Deno.test("runWorker() that is broken off by a lost first answer gives back what it got", async () => {
  await using test = await proxiedQueue(30);
  const { manager, processor, proxy, queue } = test;
  const lost = proxy.loseAnswer(claimPattern);

  await assertRejects(
    () => runWorker(processor, manager, flow, { handler: () => null }),
    DatabaseConnectionError,
  );
  await lost;

  assertEquals(await countByStatus(queue), { pending: 30 });
});

Deno.test("releaseUnanswered() says what may be open while the database is away", async () => {
  await using test = await proxiedQueue(30);
  const { processor, proxy, queue } = test;
  const lost = proxy.loseAnswer(claimPattern);
  await assertRejects(() => processor.claimRecordsBatch(flow, 10), DatabaseConnectionError);
  await lost;

  proxy.refuse();
  await assertRejects(() => processor.releaseUnanswered(flow), DatabaseConnectionError);
  const openWhileAway = processor.unansweredClaims(flow);
  const text = leftBehindText(processor, flow);
  proxy.accept();
  const lostAgain = proxy.loseAnswer(releasePattern);
  await assertRejects(() => processor.releaseUnanswered(flow), DatabaseConnectionError);
  await lostAgain;
  await processor.releaseUnanswered(flow);

  assertEquals(openWhileAway, 1);
  assertEquals(
    text,
    "what 1 claim that was not answered may have got stays in processing until: " +
      "queue cleanup --timeout-hours 0",
  );
  assertEquals(await countByStatus(queue), { pending: 30 });
  assertEquals(processor.recordsInHand, []);
});

Deno.test("runWorker() in watch survives an outage that comes before its first record", async () => {
  await using test = await proxiedQueue(0);
  const { manager, processor, proxy, queue } = test;
  const stop = new AbortController();
  const troubled = Promise.withResolvers<void>();
  const running = runWorker(processor, manager, flow, {
    mode: "watch",
    pollMs: 20,
    handler: () => stop.abort(),
    signal: stop.signal,
    onTrouble: () => troubled.resolve(),
  });
  const hasClaimed = async () => {
    const rows = await queue.database.sql`
      select 1
      from pg_stat_activity
      where datname = current_database() and state = 'idle' and query like '%with recursive%'`;
    return rows.length > 0;
  };
  await waitFor(hasClaimed, { what: "the worker's first claim, of nothing" });

  proxy.refuse();
  proxy.cut();
  await troubled.promise;
  proxy.accept();
  await queue.processor.addRecordsToQueue(flow, numbered(1));

  assertEquals((await running).completed, 1);
});

function byNumber(one: unknown, other: unknown): number {
  return Number(one) - Number(other);
}

async function readCompletion({ database }: TestQueue, id: number | undefined) {
  return [
    ...await database.sql`
      select completed_at, result, retry_count from processing_queue where id = ${id ?? 0}`,
  ];
}
