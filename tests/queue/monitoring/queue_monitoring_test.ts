import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../../lib/core/mod.ts";
import { distributedQueueMonitoring, monitoringText } from "../../../lib/queue/mod.ts";
import { testQueue } from "../../support/queue_database.ts";
import { healthyQueue, putRecords } from "./known_queue.ts";

Deno.test("distributedQueueMonitoring() states every number of a known queue", async () => {
  await using queue = await testQueue();
  const survey = { flow: "survey" } as const;
  await putRecords(queue, { ...survey, status: "completed", count: 30, endedMinutesAgo: 10 });
  await putRecords(queue, { ...survey, status: "completed", count: 7, endedMinutesAgo: 90 });
  await putRecords(queue, { ...survey, status: "completed", count: 5, endedMinutesAgo: 3000 });
  await putRecords(queue, { ...survey, status: "failed", count: 2, endedMinutesAgo: 10 });
  await putRecords(queue, { ...survey, status: "processing", count: 3, claimedMinutesAgo: 1 });
  await putRecords(queue, { ...survey, status: "pending", count: 4, dueMinutesAgo: 30 });
  await putRecords(queue, { ...survey, status: "pending", count: 6, dueMinutesAgo: -30 });
  await putRecords(queue, { flow: "other", status: "failed", count: 1, endedMinutesAgo: 3000 });

  const report = await distributedQueueMonitoring({ database: queue.manager });

  assertEquals(report.queue_status, {
    total_records: 58,
    pending_records: 10,
    due_records: 4,
    scheduled_records: 6,
    processing_records: 3,
    completed_records: 42,
    failed_records: 3,
    archived_records: 0,
  });
  const { oldest_due_at, oldest_due_seconds, ...counts } = report.by_flow["survey"] ?? {};
  assertEquals(counts, {
    pending: 10,
    due: 4,
    scheduled: 6,
    processing: 3,
    stuck: 0,
    completed: 42,
    failed: 2,
    completed_last_hour: 30,
    failed_last_hour: 2,
  });
  assert(oldest_due_seconds && oldest_due_seconds >= 1800 && oldest_due_seconds < 1900);
  assertEquals(new Date(oldest_due_at ?? "").toISOString(), oldest_due_at);
  assertEquals(report.by_flow["other"], {
    pending: 0,
    due: 0,
    scheduled: 0,
    processing: 0,
    stuck: 0,
    completed: 0,
    failed: 1,
    oldest_due_at: null,
    oldest_due_seconds: null,
    completed_last_hour: 0,
    failed_last_hour: 0,
  });
  const { timeline, ...recent } = report.recent_activity;
  assertEquals(recent, {
    is_estimate: false,
    completed_last_hour: 30,
    failed_last_hour: 2,
    success_rate_percent: 93.75,
    backlog_seconds: 450,
  });
  assertEquals(timeline.length, 24);
  assertEquals(timeline.at(-1)?.to, report.timestamp);
  assertEquals(
    timeline.slice(-2).map(({ completed, failed }) => [completed, failed]),
    [[7, 0], [30, 2]],
  );
  assertEquals(timeline.slice(0, -2).every((slice) => slice.completed + slice.failed === 0), true);
  assertEquals(report.queue_health_assessment, {
    queue_health: "healthy",
    issues_found: [],
    recommendations: [],
  });
  assertEquals(report.detailed_metrics, null);
});

Deno.test("distributedQueueMonitoring() adds instances, durations and the table", async () => {
  await using queue = await testQueue();
  const done = { flow: "survey", status: "completed", dueMinutesAgo: 40 } as const;
  await putRecords(queue, { ...done, count: 10, claimedMinutesAgo: 12, endedMinutesAgo: 10 });
  await putRecords(queue, {
    flow: "survey",
    status: "processing",
    count: 2,
    claimedMinutesAgo: 90,
    heartbeatMinutesAgo: 1,
    instance: "alive-1.a",
  });

  const { detailed_metrics: details } = await distributedQueueMonitoring({
    database: queue.manager,
    includeDetailedMetrics: true,
  });

  assertEquals(details?.durations, {
    records: 10,
    avg_processing_seconds: 120,
    p50_processing_seconds: 120,
    p95_processing_seconds: 120,
    max_processing_seconds: 120,
    // They were created now, after they had been claimed.
    p50_waiting_seconds: 0,
    p95_waiting_seconds: 0,
  });
  const [instance] = details?.instances ?? [];
  assertEquals(details?.instances.length, 1);
  assertEquals(instance?.instance, "alive-1.a");
  assertEquals([instance?.records, instance?.stuck_records], [2, 0]);
  assertEquals(details?.table.indexes.map((index) => index.name), [
    "processing_queue_dedupe",
    "processing_queue_pending",
    "processing_queue_pkey",
    "processing_queue_processing",
  ]);
});

Deno.test("distributedQueueMonitoring() says what is wrong and what mends it", async () => {
  await using queue = await testQueue();
  await putRecords(queue, { flow: "dead", status: "pending", count: 4, dueMinutesAgo: 10 });
  await putRecords(queue, { flow: "stuck", status: "processing", count: 2, claimedMinutesAgo: 90 });
  await putRecords(queue, { flow: "bad", status: "completed", count: 15 });
  await putRecords(queue, { flow: "bad", status: "failed", count: 15 });

  const report = await distributedQueueMonitoring({ database: queue.manager });

  const { queue_health, issues_found, recommendations } = report.queue_health_assessment;
  assertEquals(queue_health, "unhealthy");
  assertEquals(issues_found.map(({ severity, code }) => `${severity} ${code}`), [
    "CRITICAL NO_WORKER",
    "CRITICAL HIGH_ERROR_RATE",
    "WARNING STUCK_RECORDS",
  ]);
  assertEquals(recommendations, [
    "claim-batch --flow dead --handler handler.ts --watch",
    "queue performance --hours 1 --errors",
    "queue cleanup --flow stuck --timeout-hours 1",
  ]);
});

Deno.test("distributedQueueMonitoring() is within a quarter of the truth on a large table", async () => {
  await using queue = await testQueue();
  await putRecords(queue, { flow: "a", status: "completed", count: 60_000, endedMinutesAgo: 30 });
  await putRecords(queue, { flow: "b", status: "failed", count: 60_000, endedMinutesAgo: 90 });
  await queue.database.sql`vacuum analyze processing_queue`;

  const { recent_activity, queue_status } = await distributedQueueMonitoring({
    database: queue.manager,
  });

  assertEquals(recent_activity.is_estimate, true);
  assertEquals(queue_status.total_records, 120_000);
  assertEquals([queue_status.completed_records, queue_status.failed_records], [60_000, 60_000]);
  assert(Math.abs(recent_activity.completed_last_hour - 60_000) < 15_000);
  assertEquals(recent_activity.failed_last_hour, 0);
});

Deno.test("distributedQueueMonitoring() refuses a bad timeout", async () => {
  for (const timeoutHours of [-1, NaN, Infinity]) {
    await assertRejects(
      () => distributedQueueMonitoring({ timeoutHours }),
      ValidationError,
      "Cannot monitor the queue as the timeout must be from 0 to 87840 hours: it is",
    );
  }
});

Deno.test("distributedQueueMonitoring() gives zeros and nulls for an empty queue", async () => {
  await using queue = await testQueue();

  const report = await distributedQueueMonitoring({
    database: queue.manager,
    includeDetailedMetrics: true,
  });

  assertEquals(report.queue_health_assessment.queue_health, "healthy");
  assertEquals(report.queue_status.total_records, 0);
  assertEquals(report.by_flow, {});
  assertEquals(report.recent_activity.success_rate_percent, null);
  assertEquals(report.recent_activity.backlog_seconds, 0);
  assertEquals(report.detailed_metrics?.durations.p95_processing_seconds, null);
  assert(monitoringText(report, false).includes("The queue is empty"));
});

Deno.test("monitoringText() colours only what has a tone, and only when asked", async () => {
  await using queue = await healthyQueue();
  const report = await distributedQueueMonitoring({ database: queue.manager });

  const plain = monitoringText(report, false);

  // deno-lint-ignore no-control-regex -- colours begin with it
  assertEquals(/\u001b/.test(plain), false);
  assert(plain.startsWith("The queue is healthy"));
  assert(plain.includes("█"));
});
