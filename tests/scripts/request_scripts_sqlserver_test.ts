import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { waitFor } from "../support/wait_for.ts";
import { type WorkflowSandbox, workflowSandbox } from "./workflow_sandbox.ts";

const now = new Date();

/** Two districts, each with one SAT request that was imported a while ago and its processed file. */
async function twoDistricts(sandbox: WorkflowSandbox): Promise<void> {
  const { sql } = sandbox.place.tables.postgres;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  await sql`update "DataRequest" set "RequestTime" = ${now}`;
  await sql`insert into "DataRequestChecksum" ("RequestID", "ChecksumKey", "ChecksumValue")
    values (1, 'rows', 'x'), (2, 'rows', 'y')`;
}

Deno.test("restore-files and download-files do their work with requests in SQL Server", async () => {
  await using sandbox = await workflowSandbox("sqlserver");
  await twoDistricts(sandbox);

  const found = await sandbox.run("find-requests", ["--type", "SA", "--ids"]);
  const restored = await sandbox.run("restore-files", ["-", "9", "--verify", "--json"], {
    stdin: found.stdout,
  });
  const again = await sandbox.run("restore-files", ["1", "2"]);
  const downloaded = await sandbox.run("download-files", ["1", "2", "--to", "files", "--json"]);

  assertEquals([found.code, found.stdout], [0, "1\n2\n"], found.stderr);
  assertEquals(restored.code, 1, restored.stderr);
  assertEquals(Object(restored.json()).counts, { restored: 2, failed: 1 });
  assertEquals(Object(restored.json()).results[9].error_code, "UNKNOWN_REQUEST");
  assertEquals(await sandbox.place.list("in"), { "7/a.csv": "a.csv", "8/b.csv": "b.csv" });
  assertMatch(again.stdout, /Restored 0 files, .*, 2 there already\n$/);
  assertEquals(Object(downloaded.json()).counts, { downloaded: 2 }, downloaded.stderr);
  assertEquals(await Deno.readTextFile(`${sandbox.folder}/files/2_b.csv`), "b.csv");
});

Deno.test("refresh-districts killed before its transaction ends is resumed once, on SQL Server", async () => {
  await using sandbox = await workflowSandbox("sqlserver");
  const { double, place } = sandbox;
  await twoDistricts(sandbox);
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
  const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>();

  const dry = await sandbox.run("refresh-districts", ["7", "8", "--dry-run"]);
  const holding = place.tables.postgres.sql.begin(async (session) => {
    await session`lock table "DataRequestRun" in exclusive mode`;
    isLocked();
    await held;
  });
  await locked;
  await using script = sandbox.start("refresh-districts", ["7", "8", "--json"]);
  const isInserting = () =>
    double?.statements.some((text) => /insert into "DataRequestRun"/.test(text));
  await waitFor(isInserting, { what: "the end of the transaction" });
  script.kill("SIGKILL");
  await script.result;
  letGo();
  await holding;
  await waitFor(() => double?.sessions === 0, { what: "the end of the killed session" });
  const before = await place.tables.read();
  const listed = await sandbox.run("refresh-districts", ["--runs", "--json"]);
  const { runs: [run] } = Object(listed.json());
  const resumed = await sandbox.run("refresh-districts", ["--resume", run.run_id, "--json"]);
  const again = await sandbox.run("refresh-districts", ["--resume", run.run_id, "--json"]);

  assertMatch(dry.stdout, /^Would run 2 requests again and delete 2 checksums; /, dry.stderr);
  assertEquals([before.checksums.length, before.runs.length], [2, 0]);
  assertEquals(run.status, "interrupted");
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(Object(resumed.json()).message, "2 of 2 requests run again, 0 failed");
  assertEquals(again.code, 0, again.stderr);
  assertEquals(await place.list("in"), { "7/a.csv": "a.csv", "8/b.csv": "b.csv" });
  const reason = `district refresh, run ${run.run_id}`;
  assertEquals(await place.tables.read(), {
    statuses: [[1, 1], [2, 1]],
    checksums: [],
    runs: [[1, "opsdeck", reason], [2, "opsdeck", reason]],
  });
});

Deno.test("bulk-download and monitor-integrations report on requests in SQL Server", async () => {
  await using sandbox = await workflowSandbox("sqlserver");
  await twoDistricts(sandbox);
  await sandbox.place.tables.postgres.sql`
    update "DataRequest" set "Status" = 5 where "RequestID" = 2`;

  const bulk = await sandbox.run("bulk-download", ["--type", "SAT", "--local-dir", "x", "--json"]);
  const monitored = await sandbox.run("monitor-integrations", ["--json", "--html", "page.html"]);
  const { data } = Object(monitored.json());
  const resumed = await sandbox.run("monitor-integrations", ["--resume", data.run_id, "--json"]);

  assertEquals(bulk.code, 0, bulk.stderr);
  assertEquals(Object(bulk.json()).data.report.totals.downloaded, 2);
  assertEquals(await Deno.readTextFile(`${sandbox.folder}/x/1_a.csv`), "a.csv");
  assertEquals(monitored.code, 0, monitored.stderr);
  assertEquals([data.report.totals.completed, data.report.totals.failed], [1, 1]);
  assertEquals(data.report.issues[0].DistrictID, 8);
  assertEquals(Object(resumed.json()).data.report, data.report);
  assertStringIncludes(await Deno.readTextFile(`${sandbox.folder}/page.html`), "<svg ");
});

Deno.test("the scripts of requests try again what SQL Server gave up, and exit 4 when it is away", async () => {
  await using sandbox = await workflowSandbox("sqlserver");
  const { double } = sandbox;
  await twoDistricts(sandbox);
  const deadlock = double?.plan(/delete from "DataRequestChecksum"/, {
    kind: "error",
    error: { number: 1205, message: "Transaction was deadlocked", severity: 13 },
  });

  const rerun = await sandbox.run("rerun", ["1", "2", "--delete-checksums", "--json"]);
  await deadlock;
  await double?.[Symbol.asyncDispose]();
  const names = ["find-requests", "restore-files", "download-files", "monitor-integrations"];
  const codes: number[] = [];
  for (const name of names) {
    const words = /files$/.test(name) ? ["1"] : [];
    codes.push((await sandbox.run(name, words)).code);
  }

  assertEquals(rerun.code, 0, rerun.stderr);
  assertEquals((await sandbox.place.tables.read()).runs.length, 2);
  assertEquals(codes, names.map(() => 4));
});
