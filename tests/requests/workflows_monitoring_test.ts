import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { join } from "@std/path";
import { FileOperationError, ValidationError } from "../../lib/core/mod.ts";
import {
  CommonWorkflows,
  integrationReportPage,
  integrationReportText,
  listRuns,
  type MonitoringTask,
  monitorIntegrations,
} from "../../lib/requests/mod.ts";
import { rateText } from "../../lib/requests/workflows/monitoring/rate_text.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { type RequestTables, testRequests } from "./request_tables.ts";

const now = () => new Date("2026-11-21T12:00:00Z");
const types = { integrationTypes: ["SAT", "PSAT"], daysBack: 7, showProgress: false, now };

/** Monitors, with a folder of runs that nobody looks into. */
async function monitor({ manager: database }: RequestTables, task: MonitoringTask) {
  await using folder = await temporaryFolder("runs");
  return await monitorIntegrations({ database, runsFolder: folder.path }, task);
}

/** The charting library's last timer, of 16 ms, outlives the drawing. */
const withChart = { sanitizeOps: false, sanitizeResources: false };

async function fill(tables: RequestTables): Promise<void> {
  await tables.addTypes("SAT", "PSAT 8/9", "ACT");
  await tables.addRequests(
    { id: 1, district: 10, status: 4, at: "2026-11-20T08:00:00Z" },
    { id: 2, district: 10, status: 4, at: "2026-11-20T23:59:59.999Z" },
    { id: 3, district: 10, status: 5, at: "2026-11-21T00:00:00Z" }, // the last one failed
    { id: 4, district: 11, status: 5, at: "2026-11-18T00:00:00Z" },
    { id: 5, district: 11, status: 5, at: "2026-11-19T00:00:00Z" },
    { id: 6, district: 11, status: 4, at: "2026-11-20T00:00:00Z" }, // fails often
    { id: 7, district: 12, status: 5, at: "2026-11-18T00:00:00Z" },
    { id: 8, district: 12, status: 4, at: "2026-11-19T00:00:00Z" },
    { id: 9, district: 12, status: 4, at: "2026-11-20T00:00:00Z" }, // has recovered
    { id: 10, district: 13, type: 2, status: 6, at: "2026-11-20T00:00:00Z" },
    { id: 11, district: 13, type: 2, status: 1, at: "2026-11-20T00:00:00Z" },
    { id: 12, district: 13, type: 2, status: null, at: "2026-11-20T00:00:00Z" },
    { id: 13, district: 10, type: 3, status: 5, at: "2026-11-20T00:00:00Z" }, // of another type
    { id: 14, district: 14, status: 5, at: "2026-11-14T11:59:59.999Z" }, // too old
    { id: 15, district: 15, status: 4, at: "2026-11-14T12:00:00Z" }, // just not
    { id: 16, district: 16, status: 5, at: null },
  );
}

testRequests(
  "monitorIntegrations() counts by type, district and day what was requested in the time",
  async (tables) => {
    await fill(tables);

    const result = await monitor(tables, types);

    const { report, steps } = result.data;
    const counts = { total: 10, completed: 6, failed: 4, cancelled: 0, unfinished: 0 };
    assertEquals([result.success, result.steps_completed, result.total_steps], [true, 4, 4]);
    assertEquals(result.message, "13 requests in 7 days, 4 failed; 2 districts with issues");
    assertEquals(steps.map(({ step, status }) => [step, status]), [
      ["find_recent_requests", "done"],
      ["analyze_rates", "done"],
      ["identify_districts", "done"],
      ["generate_report", "done"],
    ]);
    assertEquals(steps[2]?.outcome, { districts_with_issues: [11, 10] });
    assertEquals(report.totals, {
      total: 13,
      completed: 6,
      failed: 4,
      cancelled: 1,
      unfinished: 2,
      success_rate: 0.6,
      failure_rate: 0.4,
    });
    assertEquals(report.by_type.map((type) => ({ ...type })), [
      {
        DataRequestTypeID: 2,
        DataRequestTypeName: "PSAT 8/9",
        total: 3,
        completed: 0,
        failed: 0,
        cancelled: 1,
        unfinished: 2,
        success_rate: null,
        failure_rate: null,
      },
      {
        DataRequestTypeID: 1,
        DataRequestTypeName: "SAT",
        ...counts,
        success_rate: 0.6,
        failure_rate: 0.4,
      },
    ]);
    assertEquals(
      report.by_day.map((
        { DataRequestTypeID, day, total, failed },
      ) => [DataRequestTypeID, day, total, failed]),
      [
        [2, "2026-11-20", 3, 0],
        [1, "2026-11-14", 1, 0],
        [1, "2026-11-18", 2, 2],
        [1, "2026-11-19", 2, 1],
        [1, "2026-11-20", 4, 0],
        [1, "2026-11-21", 1, 1],
      ],
    );
    assertEquals(
      report.by_district.map((
        { DistrictID, total, last_failed },
      ) => [DistrictID, total, last_failed]),
      [
        [13, 3, null],
        [10, 3, "2026-11-21T00:00:00.000Z"],
        [11, 3, "2026-11-19T00:00:00.000Z"],
        [12, 3, "2026-11-18T00:00:00.000Z"],
        [15, 1, null],
      ],
    );
    assertEquals(
      report.issues.map(({ DistrictID, reasons }) => [DistrictID, ...reasons]),
      [[11, "failure_rate"], [10, "last_failed"]],
    );
  },
);

testRequests(
  "monitorIntegrations() takes a type's name as it stands, and names unknown ones",
  async (tables) => {
    await tables.addTypes("O'Brien%_ x", "O'Brien y");
    await tables.addRequests(
      { id: 1, type: 1, at: "2026-11-20T00:00:00Z" },
      { id: 2, type: 2, at: "2026-11-20T00:00:00Z" },
    );

    const result = await monitor(tables, {
      ...types,
      integrationTypes: ["o'brien%_", "STA", "STA"],
    });

    assertEquals(result.data.report.totals.total, 1);
    assertEquals(result.data.report.unknown_types, ["STA"]);
    assertEquals(
      result.message,
      "1 request in 7 days, 0 failed; 0 districts with issues; no type begins with STA",
    );
  },
);

testRequests("monitorIntegrations() refuses what it cannot look at", async (tables) => {
  const tasks = [
    { ...types, integrationTypes: [] },
    { ...types, integrationTypes: ["SAT", " "] },
    { ...types, integrationTypes: ["SAT", "PSAT"] }, // there is no such type
    { ...types, daysBack: 0 },
    { ...types, daysBack: NaN },
    { ...types, issueRate: 1.1 },
  ];
  for (const task of tasks) {
    await assertRejects(() => monitor(tables, task), ValidationError);
  }
});

testRequests("monitorIntegrations() stops when it is told to", async (tables) => {
  const reason = new Error("stopped");

  const error = await assertRejects(
    () => monitor(tables, { ...types, signal: AbortSignal.abort(reason) }),
    Error,
  );

  assertEquals(error, reason);
});

testRequests(
  "resumeIntegrationMonitoring() reports what the run has counted, and says when that was",
  async (tables) => {
    await fill(tables);
    await using folder = await temporaryFolder("runs");
    const page = join(folder.path, "missing", "report.html");
    await using workflows = new CommonWorkflows({
      database: tables.manager,
      runsFolder: folder.path,
    });
    const names: string[] = [];
    const runs: string[] = [];
    const options = {
      now,
      html: page,
      onStep: ({ name }: { name: string }) => names.push(name),
      onRun: (run: string) => runs.push(run),
    };

    await assertRejects(
      () => workflows.integrationMonitoringWorkflow(undefined, undefined, true, options),
      FileOperationError,
    );
    const [failed] = await listRuns("integration_monitoring", { folder: folder.path });
    await tables.addRequests({ id: 17, district: 10, status: 5, at: "2026-11-21T01:00:00Z" });
    await Deno.mkdir(join(folder.path, "missing"));
    const resumed = await workflows.resumeIntegrationMonitoring(runs[0] ?? "");

    assertEquals(names, [
      "find_recent_requests",
      "analyze_rates",
      "identify_districts",
      "generate_report",
    ]);
    assertEquals([failed?.run_id, failed?.status], [runs[0], "failed"]);
    assertStringIncludes(failed?.message ?? "", "report.html");
    assertEquals(resumed.data.run_id, runs[0]);
    assertEquals(resumed.data.steps.map(({ status, resumed }) => [status, resumed]), [
      ["done", true],
      ["done", false],
      ["done", false],
      ["done", false],
    ]);
    assertEquals(
      resumed.message,
      "13 requests in 7 days, 4 failed; 2 districts with issues; counted at 2026-11-21 12:00 UTC",
    );
    assertEquals(resumed.data.report.totals.total, 13);
    assertEquals((await monitor(tables, types)).data.report.totals.total, 14);
    assertStringIncludes(await Deno.readTextFile(page), "2026-11-21 12:00");
    const [succeeded] = await listRuns("integration_monitoring", { folder: folder.path });
    assertEquals(succeeded?.status, "succeeded");
    assertEquals(await listRuns("district_refresh", { folder: folder.path }), []);
  },
);

Deno.test({
  name: "the report on integrations names all it found, as text and as a page of its own",
  ...withChart,
  async fn() {
    const { requestTables } = await import("./request_tables.ts");
    await using tables = await requestTables("postgresql");
    await fill(tables);
    const { data: { report } } = await monitor(tables, types);

    const text = integrationReportText(report);
    const page = await integrationReportPage(report);

    for (const part of ["PSAT 8/9", "SAT", "60.0 %", "the last one failed", "fails often"]) {
      assertStringIncludes(text, part);
      assertStringIncludes(page, part);
    }
    assertStringIncludes(text, "Districts with issues: 2\n");
    assertEquals(page.match(/<svg /g)?.length, 3);
    assertStringIncludes(page, "2026-11-15"); // a day without requests
    assert(!/\b(src|href)=/.test(page));
  },
});

Deno.test("an empty report says so, without charts of nothing", async () => {
  const { requestTables } = await import("./request_tables.ts");
  await using tables = await requestTables("postgresql");
  await tables.addTypes("SAT", "PSAT");
  const { data: { report } } = await monitor(tables, types);

  assertStringIncludes(integrationReportText(report), "No district has an issue");
  const page = await integrationReportPage(report);
  assertStringIncludes(page, "No requests in this time");
  assert(!page.includes("<svg"));
});

Deno.test("rateText() never shows a few failures as none, nor a few successes as all", () => {
  assertEquals([0, 1, null, 0.5, 0.99999, 0.00001].map(rateText), [
    "0.0 %",
    "100.0 %",
    "-",
    "50.0 %",
    "99.9 %",
    "0.1 %",
  ]);
  fc.assert(fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 1e6 }), (failed, completed) => {
    const rate = failed / (failed + completed);
    assertEquals(rateText(rate) === "0.0 %", failed === 0);
    assert(rateText(rate) !== "100.0 %");
  }));
});
