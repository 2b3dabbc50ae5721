import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { waitFor } from "../support/wait_for.ts";
import { type WorkflowSandbox, workflowSandbox } from "./workflow_sandbox.ts";

const args = ["--type", "SAT", "--local-dir", "files", "--json"];

/** Adds a type for each request, so that each is the latest of its kind. */
async function eachOfItsOwnType({ place: { tables } }: WorkflowSandbox): Promise<void> {
  const { sql } = tables.postgres;
  await sql`
    insert into "DataRequestType" ("DataRequestTypeID", "Name", "SftpDirectory", "ProcessedDirectory")
    select 100 + r."RequestID", 'SAT ' || r."RequestID", t."SftpDirectory", t."ProcessedDirectory"
    from "DataRequest" r join "DataRequestType" t using ("DataRequestTypeID")`;
  await sql`update "DataRequest" set "DataRequestTypeID" = 100 + "RequestID"`;
}

async function contents(folder: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith("bulk_download_")) texts.push(await Deno.readTextFile(join(folder, name)));
  }
  return texts.sort();
}

Deno.test("bulk-download takes every file, names what fails, and reports as JSON and HTML", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles(
    { id: 1, name: "a.csv" },
    { id: 2, name: "b.csv" },
    { id: 3, district: 8, name: "<b>c.csv" },
    { id: 4, district: 9, name: "d.csv" },
  );
  await eachOfItsOwnType(sandbox);
  const env = { DEVELOPMENT_DISTRICT_9_SFTP_HOST: "not a host" };

  const dry = await sandbox.run("bulk-download", [...args, "--dry-run"], { env });
  const { code, stderr, ...result } = await sandbox.run("bulk-download", args, { env });
  const again = await sandbox.run("bulk-download", [...args, "--district", "7"]);

  assertEquals(dry.code, 1);
  assertMatch(Object(dry.json()).message, /^Would download 3 files to .*, 1 cannot be had; /);
  assertEquals(code, 1, stderr);
  const { message, data, success } = Object(result.json());
  assertEquals(success, false);
  assertMatch(message, /^3 files downloaded, 0 there already \(\d+ B in all\), 1 failed; /);
  assertEquals(data.report.totals, {
    requests: 4,
    downloaded: 3,
    skipped: 0,
    failed: 1,
    bytes: 18,
  });
  assertEquals(Object.values(data.report.failure_reasons), [1]);
  assertEquals(data.report.failures[0].RequestID, 4);
  assertStringIncludes(data.report.failures[0].error, "DEVELOPMENT_DISTRICT_9_SFTP_HOST");
  assertEquals(await contents(join(sandbox.folder, "files")), ["<b>c.csv", "a.csv", "b.csv"]);
  assertEquals(JSON.parse(await Deno.readTextFile(data.report_json)), data.report);
  const page = await Deno.readTextFile(data.report_html);
  for (const part of ["SAT 4", "DEVELOPMENT_DISTRICT_9_SFTP_HOST", "&lt;b&gt;c.csv", "<svg "]) {
    assertStringIncludes(page, part);
  }
  assert(!/<script|<b>c/.test(page));
  assertEquals(again.code, 0, again.stderr);
  const { downloaded, skipped } = Object(again.json()).data.report.totals;
  assertEquals([downloaded, skipped], [0, 2]);
});

Deno.test("bulk-download --resume goes on after kill -9, and tries again what failed", async () => {
  await using sandbox = await workflowSandbox();
  const { server } = sandbox;
  const ids = [1, 2, 3, 4, 5, 6];
  await sandbox.addWithFiles(...ids.map((id) => ({ id, name: `${id}.csv` })));
  await sandbox.place.add({ id: 7, name: "missing.csv" });
  await eachOfItsOwnType(sandbox);
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
  let opened = 0;
  server.faults.answerInstead = async ({ kind }) => {
    if (kind === "open" && ++opened === 4) await goOn;
    return undefined;
  };

  await using script = sandbox.start("bulk-download", [...args, "--max-concurrent", "1"]);
  await waitFor(() => opened === 4, { what: "the fourth file" });
  script.kill("SIGKILL");
  await script.result;
  letGo();
  const { runs: [run] } = Object((await sandbox.run("bulk-download", ["--runs", "--json"])).json());
  const resume = ["--resume", run.run_id, "--json"];
  const resumed = await sandbox.run("bulk-download", resume);
  await sandbox.place.put("processed/7/missing.csv", "found");
  const complete = await sandbox.run("bulk-download", resume);

  assertEquals([run.status, run.requests], ["interrupted", 7]);
  assertEquals(resumed.code, 1, resumed.stderr);
  const { totals } = Object(resumed.json()).data.report;
  assertEquals([totals.skipped, totals.downloaded, totals.failed], [3, 3, 1]);
  assertEquals(complete.code, 0, complete.stderr);
  assertEquals(Object(complete.json()).data.report.totals.failed, 0);
  assertEquals(await contents(join(sandbox.folder, "files")), [
    ...ids.map((id) => `${id}.csv`),
    "found",
  ]);
});

Deno.test("bulk-download refuses to begin without a type, and when none has that name", async () => {
  await using sandbox = await workflowSandbox();
  const cases: [args: string[], error: RegExp][] = [
    [[], /no type is named/],
    [["--type", "TAS"], /the name of no type begins with TAS; /],
    [["--type", "SAT", "--district", "0"], /Cannot use "0" as a district id/],
  ];
  for (const [words, error] of cases) {
    const { code, stderr } = await sandbox.run("bulk-download", words);

    assertEquals(code, 1);
    assertMatch(stderr, error);
  }
});
