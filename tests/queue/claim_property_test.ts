import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { DatabaseSession } from "../../lib/database/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import { DistributedProcessor, openWorkerDatabase } from "../../lib/queue/mod.ts";
import { ClaimFloors } from "../../lib/queue/claim_floors.ts";
import { claimRecords } from "../../lib/queue/claim_records.ts";
import { claimStatement, rescanStatement } from "../../lib/queue/claim_statement.ts";
import { type TestQueue, testQueue } from "../support/queue_database.ts";

const flow = "surveys";

const planSettings = [
  "enable_bitmapscan",
  "enable_hashagg",
  "enable_hashjoin",
  "enable_incremental_sort",
  "enable_indexonlyscan",
  "enable_indexscan",
  "enable_material",
  "enable_memoize",
  "enable_mergejoin",
  "enable_nestloop",
  "enable_seqscan",
  "enable_sort",
];

/** With these off, PostgreSQL runs a limit in a subquery once for every row outside. */
const nestedLoopsOnly = [
  "enable_hashagg",
  "enable_hashjoin",
  "enable_material",
  "enable_mergejoin",
  "enable_sort",
];

const planModes = ["auto", "force_custom_plan", "force_generic_plan"] as const;

/** Fills the table with so many pending records, never analysed unless asked for. */
async function refill(
  session: DatabaseSession,
  { count, isAnalyzed }: { count: number; isAnalyzed: boolean },
): Promise<void> {
  await session.query("truncate processing_queue");
  await session.query(
    `
    insert into processing_queue (flow_name, payload, priority)
    select $1, '{}', n % 3 from generate_series(1, $2::int) n`,
    [flow, count],
  );
  if (isAnalyzed) await session.query("analyze processing_queue");
}

async function assertClaimsExactly(
  session: DatabaseSession,
  { asked, count, off, mode, isRescan }: {
    asked: number;
    count: number;
    off: readonly string[];
    mode: string;
    isRescan: boolean;
  },
): Promise<void> {
  await session.query("reset all");
  for (const setting of off) await session.query(`set ${setting} = off`);
  await session.query(`set plan_cache_mode = ${mode}`);

  const request = { flowName: flow, batchSize: asked, claimName: "claim" };
  const floors = new ClaimFloors();
  if (!isRescan) {
    const place = { priority: 1, seconds: 0, id: 0 };
    const empty = { lastPlaces: [place], isShort: false, serverSeconds: 1, tookMs: 0 };
    floors.learn(floors.planRescan(), empty);
  }
  const { records } = await claimRecords(session, request, floors, floors.plan());

  const [row] = await session.query<{ claimed: number }>(
    "select count(*) as claimed from processing_queue where status = 'processing'",
  );
  assertEquals([records.length, row?.claimed], [Math.min(asked, count), Math.min(asked, count)]);
}

async function withoutAutovacuum({ database }: TestQueue): Promise<void> {
  await database.sql`alter table processing_queue set (autovacuum_enabled = off)`;
}

for (const isAnalyzed of [false, true]) {
  const table = isAnalyzed ? "an analyzed table" : "a table that was never analyzed";

  Deno.test(`a claim takes no more than asked with each plan forced, on ${table}`, async () => {
    await using queue = await testQueue();
    await withoutAutovacuum(queue);
    await queue.manager.session(async (session) => {
      const cases = [[], nestedLoopsOnly, planSettings, ...planSettings.map((one) => [one])];
      for (const off of cases) {
        for (const mode of planModes) {
          for (const asked of [1, 2, 7]) {
            for (const isRescan of [false, true]) {
              await refill(session, { count: 30, isAnalyzed });
              await assertClaimsExactly(session, { asked, count: 30, off, mode, isRescan });
            }
          }
        }
      }
    });
  });

  Deno.test(`a claim takes no more than asked whatever the planner may do, on ${table}`, async () => {
    await using queue = await testQueue();
    await withoutAutovacuum(queue);
    await queue.manager.session(async (session) => {
      const anyCase = fc.record({
        asked: fc.integer({ min: 1, max: 50 }),
        count: fc.integer({ min: 0, max: 60 }),
        off: fc.subarray(planSettings),
        mode: fc.constantFrom(...planModes),
        isRescan: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(anyCase, async (plan) => {
          await refill(session, { count: plan.count, isAnalyzed });
          await assertClaimsExactly(session, plan);
        }),
        { numRuns: 60 },
      );
    });
  });
}

Deno.test("claimRecordsBatch() gives no record to two of twenty claimers at once", async () => {
  await using queue = await testQueue();
  const count = 3000;
  await refill(queue.manager, { count, isAnalyzed: false });
  const claimers = Array.from({ length: 20 }, () => {
    const manager = new DatabaseManager("rpa_db", {
      target: queue.database.target,
      maxConnections: 1,
    });
    return { manager, processor: new DistributedProcessor(manager) };
  });

  const claim = async (processor: DistributedProcessor, seed: number): Promise<number[]> => {
    const ids: number[] = [];
    for (let round = 0;; round++) {
      const asked = 1 + (seed * 31 + round * 17) % 50;
      const records = await processor.claimRecordsBatch(flow, asked);
      assert(records.length <= asked, `asked for ${asked}, got ${records.length}`);
      if (records.length === 0) return ids;
      ids.push(...records.map((record) => record.id));
    }
  };
  const claimed = await Promise.all(claimers.map(({ processor }, seed) => claim(processor, seed)));
  for (const { manager } of claimers) await manager.close();

  const all = claimed.flat();
  assertEquals(all.length, count);
  assertEquals(new Set(all).size, count);
  const rows = await queue.database.sql`
    select count(*)::int as count from processing_queue where status = 'processing'`;
  assertEquals([...rows], [{ count }]);
});

Deno.test("claimRecordsBatch() is first in, first out within each priority, and never early", async () => {
  await using queue = await testQueue();
  const now = Date.now();
  const anyRecord = fc.record({
    priority: fc.oneof(fc.integer({ min: -100, max: 100 }), fc.constantFrom(-1, 0, 1)),
    // Many of one moment, some before it, some after now.
    dueInS: fc.constantFrom(-600, -600, -600, -1200, -300, 3600, 86_400),
  });
  const anyRecords = fc.array(anyRecord, { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(anyRecords, fc.integer({ min: 1, max: 25 }), async (records, asked) => {
      await queue.manager.query("truncate processing_queue restart identity");
      // As a process that has claimed nothing yet: a floor may hide what is put behind it for a while.
      const { target } = queue.database;
      await using manager = new DatabaseManager("rpa_db", { target, maxConnections: 1 });
      const processor = new DistributedProcessor(manager);
      const payloads = records.map((record, number) => ({ ...record, number }));
      await queue.processor.addRecordsToQueue(flow, payloads, {
        priority: (payload) => Number(payload["priority"]),
        runAt: (payload) => new Date(now + Number(payload["dueInS"]) * 1000),
      });

      const got: unknown[] = [];
      for (let size = asked; size > 0;) {
        const batch = await processor.claimRecordsBatch(flow, asked);
        got.push(...batch.map((record) => record.payload["number"]));
        size = batch.length;
      }

      const wanted = payloads
        .filter((record) => record.dueInS < 0)
        .sort((one, other) =>
          one.priority - other.priority || one.dueInS - other.dueInS || one.number - other.number
        );
      assertEquals(got, wanted.map((record) => record.number));
    }),
    { numRuns: 60 },
  );
});

for (const isAnalyzed of [false, true]) {
  const table = isAnalyzed ? "analyzed" : "never analyzed";

  Deno.test(`a claim goes by the index of pending records, on 200,000 records ${table}`, async () => {
    await using queue = await testQueue();
    await withoutAutovacuum(queue);
    await refill(queue.manager, { count: 200_000, isAnalyzed: false });
    await queue.manager.query(
      `
      insert into processing_queue (flow_name, payload, priority, run_at)
      select 'scheduled', '{}', -1, now() + interval '1 day' from generate_series(1, 1000)`,
    );
    if (isAnalyzed) await queue.manager.query("analyze processing_queue");

    for (const mode of ["force_custom_plan", "force_generic_plan"]) {
      for (const statement of [claimStatement, rescanStatement]) {
        const plan = await queue.manager.session((session) => claimPlan(session, mode, statement));

        const what = `${mode}:\n${plan}`;
        assert(
          !/Seq Scan on processing_queue|Bitmap Index Scan on processing_queue_pending/.test(plan),
          what,
        );
        // The step to the next level is one more, which the server leaves out of its answer.
        assert((plan.match(/Scan using processing_queue_pending/g) ?? []).length >= 2, what);
        assert(/Scan (using|on) processing_queue_pkey/.test(plan), what);
        // No record is sorted, so that each goes to the client as it is claimed.
        assertEquals(plan.replace(/level_1/g, "level").match(/Sort Key: .*/g), [
          "Sort Key: level.priority",
        ], what);
        assert(/Index Cond: .*ROW\(.*run_at, .*id\) > ROW\(/.test(plan), what);
      }
    }
  });
}

Deno.test("a worker's plans made on an empty table go by the indexes of a full one", async () => {
  await using queue = await testQueue();
  await withoutAutovacuum(queue);
  const { target } = queue.database;
  await using manager = openWorkerDatabase({ target, maxConnections: 1 });
  const processor = new DistributedProcessor(manager);
  const retry = { maxRetries: 3, initialDelayMs: 0, backoffFactor: 1, maxDelayMs: 0 };
  const work = async () => {
    let held = await processor.claimRecordsBatch(flow, 2);
    held = (await processor.completeAndClaimBatch(held, flow, 2)).records;
    held = (await processor.completeAndClaimBatch(withResults(held), flow, 4)).records;
    await processor.heartbeat();
    const [a, b, c, d] = held.map((record) => record.id);
    await processor.markRecordsCompleted([{ id: a ?? 0 }]);
    await processor.markRecordsCompleted([{ id: b ?? 0, result: 1 }]);
    await processor.markRecordsFailed([{ id: c ?? 0, error: "no" }], { retry });
    await processor.releaseRecords([d ?? 0]);
    await processor.cleanupOrphanedRecords(1);
  };
  const fill = async (count: number) =>
    await queue.database.sql`
      insert into processing_queue (flow_name, payload)
      select ${flow}, '{}' from generate_series(1, ${count}::int)`;
  for (let round = 0; round < 10; round++) {
    await fill(20);
    await work();
  }
  // Nothing that would make the server plan anew: neither truncated nor analyzed.
  await fill(100_000);
  const readRows = async () => {
    await manager.query("select pg_stat_force_next_flush()");
    const [row] = await manager.query<{ read: number }>(
      `
      select seq_tup_read + coalesce(idx_tup_fetch, 0) as read
      from pg_stat_user_tables
      where relname = 'processing_queue'`,
    );
    return row?.read ?? 0;
  };

  const before = await readRows();
  await work();

  const read = await readRows() - before;
  assert(read < 1000, `it read ${read} rows`);
});

function withResults(records: readonly { id: number }[]) {
  return records.map(({ id }) => ({ id, result: { id } }));
}

async function claimPlan(
  session: DatabaseSession,
  mode: string,
  statement: string,
): Promise<string> {
  await session.query(`set plan_cache_mode = ${mode}`);
  await session.query(`prepare claim as ${statement}`);
  const floors = statement === claimStatement ? ", '{0,1}', '{0,0}', '{0,0}'" : "";
  const rows = await session.query<Record<string, string>>(
    `explain (costs off) execute claim('${flow}', 100, 'claim'${floors})`,
  );
  return rows.map((row) => Object.values(row)[0]).join("\n");
}
