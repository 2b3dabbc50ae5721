import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { FileOperationError, OpsdeckError, ValidationError } from "../../lib/core/mod.ts";
import { DatabaseManager } from "../../lib/database/mod.ts";
import {
  CommonWorkflows,
  districtRefreshText,
  listRuns,
  runsText,
  type WorkflowName,
} from "../../lib/requests/mod.ts";
import { findCommittedReruns } from "../../lib/requests/workflows/district_refresh/committed_reruns.ts";
import { removeOldRuns, WorkflowRun } from "../../lib/requests/workflows/runs/mod.ts";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { type RequestTables, requestTables, testRequests } from "./request_tables.ts";

async function fill(tables: RequestTables): Promise<void> {
  await tables.addTypes("SAT", "PSAT", "ACT");
  await tables.addRequests(
    { id: 1, checksums: ["md5"] },
    { id: 2, type: 2, status: 5 },
    { id: 3, type: 3 },
    { id: 4, district: 2, status: 3 },
    { id: 5, district: 2, status: 4, at: "2026-10-01T00:00:00Z" },
  );
}

testRequests(
  "districtRefreshWorkflow() runs SAT and PSAT again, and keeps each step",
  async (tables) => {
    await fill(tables);
    await using folder = await temporaryFolder("runs");
    await using workflows = new CommonWorkflows({
      database: tables.manager,
      runsFolder: join(folder.path, "runs"),
    });

    const result = await workflows.districtRefreshWorkflow([1, 2, 3], undefined, true, false);
    const { run_id: runId } = result.data;
    const resumed = await workflows.resumeDistrictRefresh(runId ?? "");
    const mark = { requestedBy: "opsdeck", reason: `district refresh, run ${runId}` };
    const committed = await findCommittedReruns(tables.manager, [1, 2, 3, 4], mark);
    const runs = await listRuns("district_refresh", { folder: join(folder.path, "runs") });

    assertEquals(result.message, "2 of 2 requests run again, 0 failed");
    assertEquals([result.steps_completed, result.total_steps], [3, 3]);
    assertEquals(result.data.steps.map(({ step, status, resumed }) => [step, status, resumed]), [
      ["find_requests", "done", false],
      ["clear_checksums", "done", false],
      ["rerun_requests", "done", false],
    ]);
    assertEquals(result.data.waiting_requests, [4]);
    assertEquals(result.data.districts_without_requests, [3]);
    assertEquals(await tables.read(), {
      statuses: [[1, 1], [2, 1], [3, 4], [4, 3], [5, 4]],
      checksums: [],
      runs: [[1, mark.requestedBy, mark.reason], [2, mark.requestedBy, mark.reason]],
    });
    assertEquals([resumed.success, resumed.steps_completed], [true, 3]);
    assertEquals(resumed.data.steps.map(({ resumed }) => resumed), [true, true, true]);
    assertEquals(committed, new Set([1, 2]));
    assertEquals(runs.map(({ run_id, status }) => [run_id, status]), [[runId, "succeeded"]]);
    assertStringIncludes(runsText(runs), `${runId}  succeeded`);
  },
);

testRequests(
  "districtRefreshWorkflow() changes nothing when it is declined, stopped before, or told what is wrong",
  async (tables) => {
    await fill(tables);
    await using folder = await temporaryFolder("runs");
    await using workflows = new CommonWorkflows({
      database: tables.manager,
      runsFolder: folder.path,
    });
    const before = await tables.read();
    const declined = new ValidationError("no");

    const error = await assertRejects(
      () =>
        workflows.districtRefreshWorkflow([1], ["SAT"], true, false, false, {
          confirm: () => Promise.reject(declined),
        }),
      ValidationError,
    );
    const wrong = [
      () => workflows.districtRefreshWorkflow([]),
      () => workflows.districtRefreshWorkflow([0]),
      () => workflows.districtRefreshWorkflow([1], []),
      () => workflows.districtRefreshWorkflow([1], ["XYZ"]),
      () => workflows.bulkFileDownloadWorkflow([""]),
    ];
    for (const call of wrong) await assertRejects(call, ValidationError);

    const stop = new DOMException("stopped", "AbortError");
    await assertRejects(
      () =>
        workflows.districtRefreshWorkflow([1], ["SAT"], true, false, false, {
          stopSignal: AbortSignal.abort(stop),
        }),
      DOMException,
      "stopped",
    );

    assertEquals(error, declined);
    assertEquals(await tables.read(), before);
    assertEquals(await listRuns(undefined, { folder: folder.path }), []);
  },
);

testRequests(
  "resumeDistrictRefresh() leaves requests that run by now, and those followed by a newer one",
  async (tables) => {
    await tables.addTypes("SAT", "PSAT", "ACT");
    await tables.addRequests({ id: 101 }, { id: 102, type: 2 }, { id: 103, type: 3 }, {
      id: 104,
      district: 2,
    });
    await using folder = await temporaryFolder("runs");
    await using workflows = new CommonWorkflows({
      database: tables.manager,
      runsFolder: folder.path,
    });
    const { sql } = tables.postgres;
    await sql`
      alter table "DataRequestRun" add constraint "Broken" check ("RequestID" <> 101)`;
    const types = ["SAT", "PSAT", "ACT"];
    const broken = () => workflows.districtRefreshWorkflow([1, 2], types, true, false, false);
    await assertRejects(broken, OpsdeckError);
    await sql`alter table "DataRequestRun" drop constraint "Broken"`;
    const [run] = await listRuns("district_refresh", { folder: folder.path });
    // One runs, one has a newer one that runs, one was cancelled.
    await sql`update "DataRequest" set "Status" = 3 where "RequestID" = 101`;
    await tables.addRequests({ id: 202, type: 2, status: 3, at: "2026-11-02T00:00:00Z" });
    await sql`update "DataRequest" set "Status" = 6 where "RequestID" = 103`;

    const resumed = await workflows.resumeDistrictRefresh(run?.run_id ?? "", false);
    const after = await tables.read();
    await sql`update "DataRequest" set "Status" = 4`;
    const again = await workflows.resumeDistrictRefresh(run?.run_id ?? "", false);

    assertEquals(resumed.message, "1 of 4 requests run again, 0 failed, 3 left as they are");
    assertEquals(resumed.success, true);
    const outcomes = resumed.data.outcomes.map(({ RequestID, status }) => [RequestID, status]);
    assertEquals(
      new Map(outcomes.map(([id, status]) => [id, status])),
      new Map<unknown, unknown>([
        [101, "left"],
        [102, "left"],
        [103, "left"],
        [104, "rerun"],
      ]),
    );
    assertEquals(resumed.data.waiting_requests, [101]);
    assertEquals([...resumed.data.outdated_requests].sort(), [102, 103]);
    assertStringIncludes(
      districtRefreshText(resumed),
      "Waiting already, left to that: 101\nCancelled or followed by a newer one, left as they are: ",
    );
    assertEquals(after.statuses, [[101, 3], [102, 4], [103, 6], [104, 1], [202, 3]]);
    assertEquals(after.runs.length, 1);
    // What was left once is left to whoever took it over.
    assertEquals([again.data.waiting_requests, again.data.outdated_requests.length], [[101], 2]);
    assertEquals((await tables.read()).runs.length, 1);
  },
);

Deno.test("a run is resumed on the same port alone, unless its journal is of before ports were told", async () => {
  await using tables = await requestTables("postgresql");
  await fill(tables);
  await using folder = await temporaryFolder("runs");
  await using proxy = startTcpProxy(tables.target);
  await using elsewhere = new DatabaseManager("x", { target: proxy.target });
  const parts = { runsFolder: folder.path };
  await using here = new CommonWorkflows({ ...parts, database: tables.manager });
  await using there = new CommonWorkflows({ ...parts, database: elsewhere });
  const { data } = await here.districtRefreshWorkflow([1], ["SAT"], true, false, false);
  const runId = data.run_id ?? "";
  const { host, port, database } = tables.target;

  const wrong = () => there.resumeDistrictRefresh(runId, false);
  await assertRejects(wrong, ValidationError, `${database} on ${host}:${port}, and the config`);
  assertEquals((await here.resumeDistrictRefresh(runId, false)).success, true);

  const [listed] = await listRuns("district_refresh", { folder: folder.path });
  const environment = listed?.place?.replace(/: .*/, "");
  const parameters = {
    district_ids: [1],
    type_names: ["SAT"],
    delete_checksums: false,
    restore_files: false,
    requested_by: "ada",
    temp_dir: "/tmp",
    max_concurrent: 3,
    unknown_types: [],
    districts_without_requests: [],
    waiting_requests: [],
  };
  for (const [where, fits] of [[`${database} on ${host}`, true], ["other on x", false]] as const) {
    const place = `${environment}: ${where}`;
    const old = await WorkflowRun.begin({
      folder: folder.path,
      workflow: "district_refresh",
      place,
      parameters,
      requests: [],
      now: new Date(),
    });
    await old[Symbol.asyncDispose]();
    const resume = there.resumeDistrictRefresh(old.runId, false);
    if (fits) assertEquals((await resume).success, true);
    else await assertRejects(() => resume, ValidationError, `it works on ${place}, and the`);
  }
});

testRequests("integrationMonitoringWorkflow() looks at SAT and PSAT of 7 days", async (tables) => {
  await fill(tables);
  await using folder = await temporaryFolder("runs");
  await using workflows = new CommonWorkflows({
    database: tables.manager,
    runsFolder: folder.path,
  });

  const { data: { report } } = await workflows.integrationMonitoringWorkflow();

  assertEquals(report.integration_types, ["SAT", "PSAT"]);
  assertEquals(report.days_back, 7);
});

Deno.test("removeOldRuns() removes what ended long ago, and nothing that somebody may go on with", async () => {
  await using folder = await temporaryFolder("runs");
  const { path } = folder;
  const runsFolder = join(path, "runs");
  const now = new Date("2026-11-21T12:00:00Z");
  const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);
  const begin = async (
    workflow: WorkflowName,
    begun: number,
    end?: [status: "succeeded" | "failed" | "stopped", daysAgo: number],
  ) => {
    const parts = { workflow, place: "test: x on y", parameters: {}, requests: [] };
    const run = await WorkflowRun.begin({ folder: runsFolder, now: daysAgo(begun), ...parts });
    if (end !== undefined) await run.end(end[0], "", daysAgo(end[1]));
    return run;
  };
  const closed = async (...given: Parameters<typeof begin>) => {
    await using run = await begin(...given);
    return run.runId;
  };
  const old = [
    await closed("district_refresh", 40, ["succeeded", 31]),
    await closed("district_refresh", 33, ["failed", 32]),
  ];
  const kept = [
    await closed("district_refresh", 90),
    await closed("district_refresh", 80, ["stopped", 80]),
    await closed("bulk_file_download", 70, ["succeeded", 70]),
    await closed("integration_monitoring", 60, ["succeeded", 60]),
    await closed("district_refresh", 35, ["succeeded", 29]),
    await closed("district_refresh", 1, ["succeeded", 1]),
  ];
  await using inUse = await begin("district_refresh", 50, ["failed", 50]);
  const damaged = await closed("district_refresh", 55, ["succeeded", 55]);
  const damagedPath = join(runsFolder, `${damaged}.journal`);
  const text = await Deno.readTextFile(damagedPath);
  await Deno.writeTextFile(damagedPath, text.replace("started", "sturted"));

  const removed = await removeOldRuns(runsFolder, "district_refresh", now);

  assertEquals(removed, old);
  const left = (await listRuns(undefined, { folder: runsFolder })).map(({ run_id }) => run_id);
  assertEquals(left.sort(), [...kept, inUse.runId, damaged].sort());
  assertEquals(
    await removeOldRuns(runsFolder, "integration_monitoring", now),
    kept.slice(3, 4),
  );
  assertEquals(((await Deno.stat(runsFolder)).mode ?? 0) & 0o777, 0o700);
  const others = [...Deno.readDirSync(runsFolder)].filter(({ name }) =>
    removed.some((id) => name.includes(id))
  );
  assertEquals(others, []);
});

Deno.test("removeOldRuns() keeps a run that it cannot read, lock or remove, and goes on with the others", async () => {
  await using folder = await temporaryFolder("runs");
  const { path } = folder;
  const old = async (day: number) => {
    const now = new Date(Date.UTC(2026, 0, day));
    const parts = { place: "test: x on y", parameters: {}, requests: [], now };
    await using run = await WorkflowRun.begin({
      folder: path,
      workflow: "district_refresh",
      ...parts,
    });
    await run.end("succeeded", "", now);
    return run.runId;
  };
  // Folders are refused to root as well.
  const unreadable = "20260101-000000-abcdef";
  await Deno.mkdir(join(path, `${unreadable}.journal`));
  const notLocked = await old(2);
  await Deno.mkdir(join(path, `${notLocked}.journal.lock`));
  const removable = await old(3);

  const removed = await removeOldRuns(path, "district_refresh", new Date("2026-11-21T12:00:00Z"));

  assertEquals(removed, [removable]);
  const left = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  assertEquals(left, [
    `${unreadable}.journal`,
    `${notLocked}.journal`,
    `${notLocked}.journal.lock`,
  ]);
});

Deno.test("a run is worked on by one at a time, and a damaged one is listed as such", async () => {
  await using folder = await temporaryFolder("runs");
  const { path } = folder;
  const place = "test: x on y";
  const begin = () =>
    WorkflowRun.begin({
      folder: path,
      workflow: "district_refresh",
      place,
      parameters: {},
      requests: [],
      now: new Date("2026-11-21T03:04:05Z"),
    });
  const run = await begin();
  const resumed = { folder: path, runId: run.runId, workflow: "district_refresh", place } as const;

  const listed = await listRuns(undefined, { folder: path });
  const inUse = await assertRejects(() => WorkflowRun.resume(resumed), FileOperationError);
  run.keepOutcome("restore_files", 7, { status: "restored" });
  await run.settled();
  await run[Symbol.asyncDispose]();
  const file = join(path, `${run.runId}.journal`);
  await Deno.writeTextFile(file, "torn", { append: true });
  {
    await using again = await WorkflowRun.resume(resumed);
    assertEquals(again.outcomes("restore_files"), new Map([[7, { status: "restored" }]]));
  }
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace("district_refresh", "district_rubbish"));
  const damaged = await listRuns(undefined, { folder: path });

  assertEquals(listed.map(({ status }) => status), ["running"]);
  assertEquals(inUse.code, "RUN_IN_USE");
  assertEquals(damaged.map(({ status }) => status), ["unreadable"]);
  await assertRejects(() => WorkflowRun.resume(resumed), FileOperationError);
});
