import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import postgres from "postgres";
import { Secret, ValidationError } from "../../../lib/core/mod.ts";
import {
  DatabaseManager,
  type DatabaseSession,
  type TransactionOptions,
} from "../../../lib/database/mod.ts";
import {
  diagnosticsText,
  distributedProcessingDiagnostics,
  distributedQueueMonitoring,
  type Finding,
  migrateQueue,
  processingPerformanceMonitoring,
} from "../../../lib/queue/mod.ts";
import { throwawayServer } from "../../support/postgres_server.ts";
import { type TestQueue, testQueue } from "../../support/queue_database.ts";
import { waitFor } from "../../support/wait_for.ts";
import { anotherManager, healthyQueue, putRecords } from "./known_queue.ts";

async function findingOf(queue: TestQueue, code: string, options = {}): Promise<Finding> {
  const report = await distributedProcessingDiagnostics({ database: queue.manager, ...options });
  const found = report.issues_found.filter((issue) => issue.code === code);
  assertEquals(found.length, 1, JSON.stringify(report.issues_found));
  const [finding] = found;
  assert(finding);
  assert(report.recommendations.includes(finding.command));
  return finding;
}

Deno.test("distributedProcessingDiagnostics() finds nothing on a healthy queue", async () => {
  await using queue = await healthyQueue();

  const report = await distributedProcessingDiagnostics({
    database: queue.manager,
    includeOrphanedAnalysis: true,
    includePerformanceAnalysis: true,
  });

  assertEquals(report.issues_found, []);
  assertEquals(report.recommendations, []);
  assertEquals(report.system_health, "healthy");
  const { connections, clock, last_vacuum_at: _, ...checks } = report.checks;
  assertEquals(checks, {
    oldest_snapshot: null,
    dead_rows: 0,
    claim_uses_index: checks.claim_uses_index,
    stuck_records: 0,
    poison_suspects: 0,
    idle_flows: [],
  });
  assert(connections.used >= 1 && connections.used < connections.available);
  assert(clock.uncertainty_ms >= 0);
  assertEquals(report.orphaned_analysis?.instances.length, 1);
  assertEquals(report.performance_analysis?.claim_plan?.flow_name, "survey");
  assert(diagnosticsText(report, false).startsWith("The queue is healthy: nothing found"));
});

Deno.test("distributedProcessingDiagnostics() finds nothing on a queue that drains", async () => {
  await using queue = await testQueue();
  await queue.processor.addRecordsToQueue("busy", Array.from({ length: 5000 }, (_, n) => ({ n })));
  const records = await queue.processor.claimRecordsBatch("busy", 2000);
  await queue.processor.markRecordsCompleted(records);
  await queue.database.sql`vacuum analyze processing_queue`;

  const report = await distributedProcessingDiagnostics({
    database: queue.manager,
    limits: { unclaimedMs: 0, fewPages: 0 },
  });

  assertEquals(report.issues_found, []);
  assertEquals(report.checks.claim_uses_index, true);
});

Deno.test("diagnose finds who holds an old snapshot", async () => {
  await using queue = await healthyQueue();
  await using holder = anotherManager(queue, "nightly export");
  await using session = await holder.reserve();
  await session.query("begin isolation level repeatable read");
  const [row] = await session.query<{ pid: number }>("select pg_backend_pid() as pid");

  const finding = await findingOf(queue, "OLD_SNAPSHOT", { limits: { snapshotAgeMs: 0 } });
  const young = await distributedProcessingDiagnostics({ database: queue.manager });

  assertEquals(finding.severity, "WARNING");
  assertMatch(
    finding.finding,
    new RegExp(`^Process ${row?.pid} \\("nightly export", .*, idle in transaction\\) holds a`),
  );
  assertEquals(finding.command, `select pg_terminate_backend(${row?.pid})`);
  assertEquals(young.issues_found, []);
  assertEquals(young.checks.oldest_snapshot?.pid, row?.pid);
  await queue.database.sql.unsafe(finding.command);
  const after = await distributedProcessingDiagnostics({
    database: queue.manager,
    limits: { snapshotAgeMs: 0 },
  });
  assertEquals(after.checks.oldest_snapshot, null);
});

Deno.test("diagnose finds prepared transactions and idle replication slots", async () => {
  await using server = await throwawayServer({
    settings: { max_prepared_transactions: "2", wal_level: "logical" },
  });
  await using database = new DatabaseManager("rpa_db", { target: server.target() });
  await migrateQueue(database, false);
  const admin = postgres(server.url(), { max: 1, onnotice: () => {} });
  try {
    await admin`select pg_create_logical_replication_slot('left_behind', 'pgoutput')`;
    await admin.unsafe("begin; create table held (); prepare transaction 'it''s held'");

    const report = await distributedProcessingDiagnostics({
      database,
      limits: { snapshotAgeMs: 0 },
    });

    const found = report.issues_found.map(({ code, command }) => ({ code, command }));
    assertEquals(found.toSorted((a, b) => a.code < b.code ? -1 : 1), [
      { code: "PREPARED_TRANSACTION", command: "rollback prepared 'it''s held'" },
      { code: "REPLICATION_SLOT", command: "select pg_drop_replication_slot('left_behind')" },
    ]);
    for (const { command } of found) await admin.unsafe(command);
    assertEquals(
      (await distributedProcessingDiagnostics({ database, limits: { snapshotAgeMs: 0 } }))
        .issues_found,
      [],
    );
  } finally {
    await admin.end();
  }
});

Deno.test("diagnose finds dead rows and a vacuum that is off", async () => {
  await using queue = await healthyQueue();
  const { sql } = queue.database;
  await sql`alter table processing_queue set (autovacuum_enabled = off)`;
  for (let time = 0; time < 20; time++) {
    // In an index, so that the next reader cannot clear the old versions away.
    await sql`update processing_queue set run_at = run_at + interval '1 microsecond'`;
  }
  // The counts come with a delay: each session tells them by itself, at most once a second.
  await waitFor(async () => {
    const [row] = await sql`
      select n_dead_tup > 100 as told from pg_stat_user_tables where relname = 'processing_queue'`;
    return row?.["told"] === true;
  }, { what: "the dead rows in the server's books" });

  const dead = await findingOf(queue, "DEAD_ROWS", { limits: { deadRows: 10 } });
  const off = await findingOf(queue, "AUTOVACUUM_OFF", { limits: { deadRows: 10 } });

  assertEquals(dead.severity, "CRITICAL");
  assertMatch(dead.finding, /^\d+ dead rows beside \d+ live ones, and no vacuum is known$/);
  assertEquals(dead.command, "vacuum (analyze) processing_queue");
  assertEquals(off.severity, "WARNING");
});

Deno.test("diagnose finds a claim that does not go by its index", async () => {
  await using queue = await testQueue();
  const records = Array.from({ length: 5000 }, (_, n) => ({ n, text: "x".repeat(100) }));
  await queue.processor.addRecordsToQueue("survey", records);
  const { sql, name } = queue.database;
  await sql`vacuum analyze processing_queue`;
  for (const way of ["indexscan", "indexonlyscan", "bitmapscan"]) {
    await sql.unsafe(`alter database ${name} set enable_${way} = off`);
  }
  // The settings are those of new sessions.
  await queue.manager.close();
  await using manager = anotherManager(queue, "test");

  const finding = await findingOf({ ...queue, manager }, "CLAIM_PLAN");

  assertEquals(finding.severity, "CRITICAL");
  assertMatch(finding.finding, /^A claim of "survey" reads the table by .*Seq Scan.* instead of/);
  assertEquals(finding.command, "analyze processing_queue");
});

Deno.test("diagnose finds missing, invalid and extra indexes, and its commands mend them", async () => {
  await using queue = await healthyQueue();
  const { sql } = queue.database;
  await sql`drop index processing_queue_pending, processing_queue_processing`;
  await sql`drop index processing_queue_dedupe`;
  await sql`create index "Old One" on processing_queue (status, created_at)`;
  await sql`
    update pg_index set indisvalid = false
    where indexrelid = 'processing_queue_pkey'::regclass`;

  const { issues_found } = await distributedProcessingDiagnostics({ database: queue.manager });

  assertEquals(
    issues_found.filter((issue) => issue.code.startsWith("INDEX"))
      .map(({ severity, code, finding }) => [severity, code, finding]),
    [
      ["CRITICAL", "INDEX_MISSING", 'The index "processing_queue_pending" is missing'],
      ["CRITICAL", "INDEX_MISSING", 'The index "processing_queue_processing" is missing'],
      ["CRITICAL", "INDEX_MISSING", 'The index "processing_queue_dedupe" is missing'],
      ["CRITICAL", "INDEX_INVALID", 'The index "processing_queue_pkey" is invalid'],
      ["INFO", "INDEX_EXTRA", 'The index "Old One" is not one of the queue\'s own'],
    ],
  );
  for (const { command } of issues_found) await sql.unsafe(command);
  const mended = await distributedProcessingDiagnostics({ database: queue.manager });
  assertEquals(mended.issues_found, []);
});

Deno.test("diagnose finds records past the timeout, for each instance", async () => {
  await using queue = await healthyQueue();
  const stuck = { flow: "survey", status: "processing", claimedMinutesAgo: 90 } as const;
  await putRecords(queue, { ...stuck, count: 4, instance: "gone-1.a" });
  await putRecords(queue, { ...stuck, count: 2, instance: "gone-2.b", heartbeatMinutesAgo: 61 });
  await putRecords(queue, { ...stuck, count: 9, instance: "busy-3.c", heartbeatMinutesAgo: 1 });

  const report = await distributedProcessingDiagnostics({
    database: queue.manager,
    includeOrphanedAnalysis: true,
  });

  assertEquals(report.issues_found.map(({ code, finding }) => [code, finding]), [
    [
      "STUCK_RECORDS",
      '4 of 4 records of "survey" held by "gone-1.a" show no sign of life for 1 h or more',
    ],
    [
      "STUCK_RECORDS",
      '2 of 2 records of "survey" held by "gone-2.b" show no sign of life for 1 h or more',
    ],
  ]);
  assertEquals(report.recommendations, ["queue cleanup --flow survey --timeout-hours 1"]);
  assertEquals(report.orphaned_analysis?.stuck_records, 6);
  assertEquals(await queue.processor.cleanupOrphanedRecords(1), 6);
});

Deno.test("diagnose finds records that came back twice or more", async () => {
  await using queue = await healthyQueue();
  const poison = { flow: "survey", count: 1 } as const;
  await putRecords(queue, { ...poison, status: "pending", orphanCount: 2, retryCount: 2 });
  await putRecords(queue, { ...poison, status: "failed", orphanCount: 3, retryCount: 3 });
  await putRecords(queue, { ...poison, status: "pending", orphanCount: 1 });
  await putRecords(queue, { ...poison, status: "completed", orphanCount: 5 });

  const report = await distributedProcessingDiagnostics({
    database: queue.manager,
    includeOrphanedAnalysis: true,
  });

  assertEquals(report.issues_found.map((issue) => issue.code), ["POISON_SUSPECTS"]);
  assertEquals(report.checks.poison_suspects, 2);
  assertEquals(
    report.orphaned_analysis?.poison_suspects.map(({ flow_name, records, worst }) => ({
      flow_name,
      records,
      worst: worst.map(({ id: _, ...record }) => record),
    })),
    [{
      flow_name: "survey",
      records: 2,
      worst: [
        { flow_name: "survey", status: "failed", orphan_count: 3, retry_count: 3 },
        { flow_name: "survey", status: "pending", orphan_count: 2, retry_count: 2 },
      ],
    }],
  );
});

Deno.test("diagnose finds a flow that nobody works on, and only that", async () => {
  await using queue = await healthyQueue();
  const waiting = { status: "pending", count: 3, dueMinutesAgo: 20 } as const;
  await putRecords(queue, { ...waiting, flow: "no one's" });
  await putRecords(queue, { ...waiting, flow: "worked on now" });
  // One long record, with a heartbeat.
  await putRecords(queue, {
    flow: "worked on now",
    status: "processing",
    count: 1,
    claimedMinutesAgo: 90,
    heartbeatMinutesAgo: 1,
  });
  await putRecords(queue, { ...waiting, flow: "worked on lately" });
  await putRecords(queue, { flow: "worked on lately", status: "completed", count: 1 });
  await putRecords(queue, { ...waiting, flow: "held by the dead" });
  await putRecords(queue, {
    flow: "held by the dead",
    status: "processing",
    count: 1,
    claimedMinutesAgo: 90,
  });

  const report = await distributedProcessingDiagnostics({ database: queue.manager });

  assertEquals(
    report.checks.idle_flows.map(({ flow_name, due_records }) => [flow_name, due_records]),
    [["held by the dead", 3], ["no one's", 3]],
  );
  const idle = report.issues_found.filter((issue) => issue.code === "NO_WORKER");
  assertEquals(idle.map((issue) => issue.severity), ["CRITICAL", "CRITICAL"]);
  assertEquals(
    idle[1]?.command,
    `claim-batch --flow 'no one'\\''s' --handler handler.ts --watch`,
  );
});

Deno.test("diagnose finds a flow of which much fails", async () => {
  await using queue = await healthyQueue();
  await putRecords(queue, { flow: "survey", status: "failed", count: 8 });

  const finding = await findingOf(queue, "HIGH_ERROR_RATE");

  assertEquals(finding.severity, "WARNING");
  assertMatch(finding.finding, /^10 of 50 records looked at of "survey" .* failed$/);
});

Deno.test("diagnose finds a clock that is surely off, whatever the round trip took", async () => {
  await using queue = await healthyQueue();
  const ahead = { now: () => Date.now() + 90_000 };
  let reading = 0;
  // Each question seems to take ten seconds, so that two seconds prove nothing.
  const slow = { now: () => Date.now() + (reading++ % 2 === 0 ? -3000 : 7000) };

  const finding = await findingOf(queue, "CLOCK_SKEW", ahead);
  const unsure = await distributedProcessingDiagnostics({ database: queue.manager, ...slow });

  assertMatch(finding.finding, /^This host's clock is 1 min 30 s ahead of the database server's$/);
  assert(unsure.checks.clock.uncertainty_ms >= 5000);
  assertEquals(unsure.issues_found, []);
});

Deno.test("diagnose finds that connections run out", async () => {
  await using server = await throwawayServer({ settings: { max_connections: "13" } });
  await using database = new DatabaseManager("rpa_db", { target: server.target() });
  await migrateQueue(database, false);
  const others = postgres(server.url(), { max: 8, onnotice: () => {} });
  try {
    await Promise.all(Array.from({ length: 8 }, () => others`select pg_sleep(0.2)`));

    const report = await distributedProcessingDiagnostics({ database });

    const [finding] = report.issues_found;
    assertEquals(finding?.code, "CONNECTIONS");
    assertEquals(finding?.severity, "WARNING");
    assertEquals(finding?.finding, "9 of 10 connections are used");
  } finally {
    await others.end();
  }
});

Deno.test("diagnose says what its login may not see instead of guessing", async () => {
  await using queue = await healthyQueue();
  const { sql } = queue.database;
  const login = `watcher_${queue.database.name}`;
  await sql.unsafe(`create role ${login} login password 'looking on'`);
  try {
    await sql.unsafe(`grant select on all tables in schema public to ${login}`);
    await using watcher = new DatabaseManager("rpa_db", {
      target: { ...queue.database.target, username: login, password: new Secret("looking on") },
    });

    const report = await distributedProcessingDiagnostics({
      database: watcher,
      limits: { snapshotAgeMs: 0 },
    });

    assertEquals(
      report.issues_found.map(({ severity, code, command }) => [severity, code, command]),
      [
        ["INFO", "SESSIONS_HIDDEN", `grant pg_read_all_stats to "${login}"`],
        ["INFO", "PLAN_HIDDEN", `grant update on processing_queue to "${login}"`],
      ],
    );
    assertEquals(report.system_health, "healthy");
    assertEquals(report.checks.claim_uses_index, null);
    for (const { command } of report.issues_found) await sql.unsafe(command);
    const allowed = await distributedProcessingDiagnostics({ database: watcher });
    assertEquals(allowed.issues_found, []);
  } finally {
    await sql.unsafe(`drop owned by ${login}; drop role ${login}`);
  }
});

Deno.test("reports take no lock that a claim waits for, and wait for none of its locks", async () => {
  await using queue = await healthyQueue();
  await using claiming = anotherManager(queue, "claiming");
  await using session = await claiming.reserve();
  await session.query("begin");
  await session.query("update processing_queue set updated_at = updated_at");
  await using watched = new LockWatcher("rpa_db", { target: queue.database.target });
  const database: DatabaseManager = watched;

  await distributedQueueMonitoring({ database, includeDetailedMetrics: true });
  await processingPerformanceMonitoring({ database, includeErrorAnalysis: true });
  await distributedProcessingDiagnostics({
    database,
    includeOrphanedAnalysis: true,
    includePerformanceAnalysis: true,
  });

  await session.query("rollback");
  // Each of these goes with each of them (PostgreSQL manual, "Table-Level Locks").
  assertEquals([...watched.modes].sort(), ["AccessShareLock", "RowExclusiveLock", "RowShareLock"]);
  assertEquals(watched.rows, 0);
});

/** Remembers which locks a transaction has on the queue's table when its work is done. */
class LockWatcher extends DatabaseManager {
  readonly modes = new Set<string>();
  rows = 0;

  override transaction<T>(
    work: (session: DatabaseSession) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    return super.transaction(async (session) => {
      const result = await work(session);
      const locks = await session.query<{ mode: string; is_row: boolean }>(`
        select mode, locktype = 'tuple' as is_row
        from pg_locks
        where pid = pg_backend_pid() and relation = 'processing_queue'::regclass`);
      for (const { mode, is_row } of locks) {
        this.modes.add(mode);
        if (is_row) this.rows++;
      }
      return result;
    }, options);
  }
}

Deno.test("distributedProcessingDiagnostics() refuses limits that are none", async () => {
  for (const limits of [{ timeoutHours: -1 }, { snapshotAgeMs: -1 }, { clockSkewMs: NaN }]) {
    await assertRejects(
      () => distributedProcessingDiagnostics({ limits }),
      ValidationError,
      "Cannot diagnose the queue as",
    );
  }
});
