import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { absentTarget } from "../support/closed_port.ts";
import { workflowSandbox } from "./workflow_sandbox.ts";

Deno.test("monitor-integrations reports rates and issues as text, JSON and a page", async () => {
  await using sandbox = await workflowSandbox();
  const { sql } = sandbox.place.tables.postgres;
  await sql`
    insert into "DataRequest" ("DistrictID", "DataRequestTypeID", "Status", "RequestTime")
    select 1 + n % 3, 1, case when n % 3 = 0 then 5 else 4 end, now() - interval '1 hour' * n
    from generate_series(1, 30) n`;

  const text = await sandbox.run("monitor-integrations", []);
  const json = await sandbox.run("monitor-integrations", [
    "--json",
    "--fail-on-issues",
    "--html",
    "report.html",
  ]);

  assertEquals(text.code, 0);
  assertMatch(text.stderr, /^Run (\S+); go on with: monitor-integrations --resume \1\n$/);
  assertMatch(text.stdout, /\nSAT +30 +20 +10 +0 +0 +66\.7 % +33\.3 %\n/);
  assertMatch(text.stdout, /\nDistricts with issues: 1\n/);
  assertEquals(json.code, 1, json.stderr);
  const { success, data } = Object(json.json());
  assertEquals(success, true);
  assertEquals(data.report.unknown_types, ["PSAT"]);
  assertEquals(data.report.issues.map(({ DistrictID }: { DistrictID: number }) => DistrictID), [1]);
  const page = await Deno.readTextFile(join(sandbox.folder, "report.html"));
  assertMatch(page, /^<!doctype html>/);
  assertEquals(page.match(/<svg /g)?.length, 3);
  assertStringIncludes(page, "33.3 %");
});

Deno.test("monitor-integrations --resume goes on with a run whose page could not be written", async () => {
  await using sandbox = await workflowSandbox();
  const { sql } = sandbox.place.tables.postgres;
  await sql`insert into "DataRequest" ("DistrictID", "DataRequestTypeID", "Status", "RequestTime")
    values (1, 1, 5, now() - interval '1 hour')`;

  const failed = await sandbox.run("monitor-integrations", ["--html", "new/report.html"]);
  const listed = await sandbox.run("monitor-integrations", ["--runs", "--json"]);
  const { runs: [run] } = Object(listed.json());
  await sql`update "DataRequest" set "Status" = 4`;
  await Deno.mkdir(join(sandbox.folder, "new"));
  const resumed = await sandbox.run("monitor-integrations", ["--resume", run.run_id, "--json"]);
  const text = await sandbox.run("monitor-integrations", ["--resume", run.run_id]);
  const contradiction = await sandbox.run("monitor-integrations", [
    ...["--resume", run.run_id, "--days", "3", "--html", "x.html"],
  ]);
  const unknown = await sandbox.run("monitor-integrations", ["--resume", "20260101-000000-abcdef"]);

  assertEquals(failed.code, 1);
  assertStringIncludes(failed.stderr, "new/report.html");
  assertEquals(run.status, "failed");
  assertEquals(resumed.code, 0, resumed.stderr);
  const { data } = Object(resumed.json());
  assertEquals([data.run_id, data.report.totals.failed], [run.run_id, 1]);
  assertEquals(data.steps[0].resumed, true);
  assertStringIncludes(await Deno.readTextFile(data.report_html), "<svg ");
  assertMatch(text.stdout, /\nCounted at \d{4}-\d\d-\d\d \d\d:\d\d UTC, when the run began\n$/);
  assertEquals([contradiction.code, unknown.code], [1, 1]);
  assertStringIncludes(contradiction.stderr, "with --days, --html as it goes on under");
});

Deno.test("monitor-integrations says what is wrong with the database", async () => {
  await using sandbox = await workflowSandbox();
  const { port } = absentTarget();
  const { sql } = sandbox.place.tables.postgres;
  const variable = "DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING";

  const away = await sandbox.run("monitor-integrations", ["--json"], {
    env: { [variable]: `postgresql://u:hunter2@127.0.0.1:${port}/x` },
  });
  await sql`drop table "DataRequestRun", "DataRequestChecksum", "DataRequest", "DataRequestType"`;
  const empty = await sandbox.run("monitor-integrations", []);

  assertEquals(away.code, 4);
  assertEquals(Object(away.json()).error_type, "DatabaseConnectionError");
  assert(!`${away.stdout}${away.stderr}`.includes("hunter2"));
  assertEquals(empty.code, 2);
  assertStringIncludes(empty.stderr, "Cannot find the tables of the requests as ");
});
