import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { ValidationError } from "../../../lib/core/mod.ts";
import { performanceText, processingPerformanceMonitoring } from "../../../lib/queue/mod.ts";
import { barRows } from "../../../lib/queue/monitoring/bar_chart.ts";
import { errorPattern } from "../../../lib/queue/monitoring/error_groups.ts";
import { testQueue } from "../../support/queue_database.ts";
import { putRecords } from "./known_queue.ts";

Deno.test("processingPerformanceMonitoring() states every number of a known queue", async () => {
  await using queue = await testQueue();
  await putRecords(queue, { flow: "a", status: "completed", count: 27, endedMinutesAgo: 10 });
  await putRecords(queue, {
    flow: "a",
    status: "completed",
    count: 9,
    endedMinutesAgo: 150,
    claimedMinutesAgo: 151,
  });
  await putRecords(queue, { flow: "b", status: "failed", count: 4, endedMinutesAgo: 10 });
  await putRecords(queue, { flow: "b", status: "completed", count: 99, endedMinutesAgo: 400 });
  await putRecords(queue, { flow: "c", status: "pending", count: 50 });
  await putRecords(queue, { flow: "c", status: "processing", count: 5 });

  const report = await processingPerformanceMonitoring({
    database: queue.manager,
    timeWindowHours: 6,
  });

  assertEquals(report.overall_metrics, {
    processed_records: 40,
    completed_records: 36,
    failed_records: 4,
    success_rate_percent: 90,
    avg_processing_rate_per_hour: 6.67,
  });
  assertEquals(report.by_flow, {
    a: {
      processed_records: 36,
      completed_records: 36,
      failed_records: 0,
      success_rate_percent: 100,
      avg_processing_rate_per_hour: 6,
    },
    b: {
      processed_records: 4,
      completed_records: 0,
      failed_records: 4,
      success_rate_percent: 0,
      avg_processing_rate_per_hour: 0.67,
    },
  });
  assertEquals(
    report.timeline.map(({ completed, failed }) => [completed, failed]),
    [[0, 0], [0, 0], [0, 0], [9, 0], [0, 0], [27, 4]],
  );
  assertEquals(report.busiest_slice, report.timeline.at(-1) ?? null);
  assertEquals(report.is_estimate, false);
  assertEquals(report.time_window_hours, 6);
  assertEquals(Date.parse(report.window_end) - Date.parse(report.window_start), 6 * 3_600_000);
  assertEquals(report.durations.records, 36);
  assertEquals(report.durations.max_processing_seconds, 60);
  assertEquals(report.durations.avg_processing_seconds, 15);
  assertEquals(report.error_analysis, null);
});

Deno.test("processingPerformanceMonitoring() groups failures by what they have in common", async () => {
  await using queue = await testQueue();
  for (const [flow, id] of [["a", 17], ["a", 4711], ["b", 5]] as const) {
    await putRecords(queue, {
      flow,
      status: "failed",
      count: 2,
      retryCount: id === 5 ? 3 : 1,
      error: `Cannot reach host 10.0.0.${id % 9}:8080 for "SURV-${id}"`,
    });
  }
  await putRecords(queue, { flow: "b", status: "failed", count: 2, error: "Out of paper" });

  const { error_analysis: errors, ...report } = await processingPerformanceMonitoring({
    database: queue.manager,
    includeErrorAnalysis: true,
  });

  assertEquals(errors?.failed_records, 8);
  assertEquals(errors?.examined_records, 8);
  assertEquals(errors?.failed_more_than_once, 2);
  assertEquals(
    errors?.error_groups.map(({ pattern, records, percent, flows }) => ({
      pattern,
      records,
      percent,
      flows,
    })),
    [
      { pattern: "Cannot reach host … for …", records: 6, percent: 75, flows: ["a", "b"] },
      { pattern: "Out of paper", records: 2, percent: 25, flows: ["b"] },
    ],
  );
  assert(performanceText({ ...report, error_analysis: errors }, false).includes("Out of paper"));
});

Deno.test("processingPerformanceMonitoring() cuts long windows into days up to now", async () => {
  await using queue = await testQueue();
  await putRecords(queue, { flow: "a", status: "completed", count: 3, endedMinutesAgo: 99 * 60 });
  await putRecords(queue, { flow: "a", status: "completed", count: 5, endedMinutesAgo: 101 * 60 });
  await putRecords(queue, { flow: "a", status: "completed", count: 2, endedMinutesAgo: 60 });

  const report = await processingPerformanceMonitoring({
    database: queue.manager,
    timeWindowHours: 100,
  });

  assertEquals(report.overall_metrics.completed_records, 5);
  assertEquals(report.timeline.map((slice) => slice.completed), [3, 0, 0, 0, 2]);
  assertEquals(report.timeline[0]?.from, report.window_start);
});

Deno.test("processingPerformanceMonitoring() counts a large table exactly", async () => {
  await using queue = await testQueue();
  await putRecords(queue, { flow: "a", status: "completed", count: 100_000, endedMinutesAgo: 90 });
  await putRecords(queue, { flow: "b", status: "failed", count: 11_111, endedMinutesAgo: 10 });
  await queue.database.sql`vacuum analyze processing_queue`;

  const lastHour = await processingPerformanceMonitoring({
    database: queue.manager,
    timeWindowHours: 1,
    includeErrorAnalysis: true,
  });
  const day = await processingPerformanceMonitoring({ database: queue.manager });

  // A tenth of the table lies in the last hour, so that it is grouped exactly.
  assertEquals(lastHour.is_estimate, false);
  assertEquals(lastHour.by_flow["b"]?.failed_records, 11_111);
  assertEquals(lastHour.overall_metrics.success_rate_percent, 0);
  assertEquals(lastHour.error_analysis?.failed_records, 11_111);
  // All of it lies in the last day: exact totals, divided by a sample.
  assertEquals(day.is_estimate, true);
  assertEquals(day.overall_metrics.completed_records, 100_000);
  assertEquals(day.overall_metrics.failed_records, 11_111);
  assertEquals(day.by_flow["a"]?.completed_records, 100_000);
  assertEquals(day.by_flow["b"]?.failed_records, 11_111);
});

Deno.test("processingPerformanceMonitoring() refuses windows that are none", async () => {
  for (const timeWindowHours of [0, -24, 1.5, NaN, 8785]) {
    await assertRejects(
      () => processingPerformanceMonitoring({ timeWindowHours }),
      ValidationError,
      `from 1 to 8784: it is ${timeWindowHours}`,
    );
  }
});

Deno.test("errorPattern() is the same for messages that differ in ids and values only", () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), fc.nat(), fc.nat(), (words, a, b) => {
    const message = (id: number) =>
      `${words.join(" ")} record ${id} of "row ${id}" on node-${id}.x`;
    return errorPattern(message(a)) === errorPattern(message(b));
  }));
  assertEquals(
    errorPattern("No 3f2b8c1e-9a4d-4a1b-8c3d-0123456789ab in 'x'"),
    "No … in …",
  );
});

Deno.test("barRows() shows every value above zero and nothing else", () => {
  const values = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 72 });
  fc.assert(fc.property(values, fc.integer({ min: 1, max: 8 }), (values, height) => {
    const rows = barRows(values, height);
    const bottom = rows.at(-1) ?? "";
    return rows.length === height &&
      rows.every((row) => row.length === values.length) &&
      values.every((value, column) => (bottom[column] !== " ") === (value > 0)) &&
      values.every((value, column) =>
        (rows[0]?.[column] === "█") === (value > 0 && value >= Math.max(...values)) ||
        value > 0.9 * Math.max(...values)
      );
  }));
  assertEquals(barRows([0, 4, 8], 1), [" ▄█"]);
  assertEquals(barRows([], 2), ["", ""]);
});
