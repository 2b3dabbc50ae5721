import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { waitFor } from "../support/wait_for.ts";
import { type WorkflowSandbox, workflowSandbox } from "./workflow_sandbox.ts";

const runIdForm = /^\d{8}-\d{6}-[0-9a-f]{6}$/;

/** Gives requests by what became of them: `rerun 1`. */
function outcomesOf(document: unknown): string[] {
  const { data } = Object(document);
  return data.outcomes.map((outcome: Record<string, unknown>) =>
    `${outcome["status"]} ${outcome["RequestID"]}`
  );
}

async function runsOf({ place: { tables } }: WorkflowSandbox): Promise<unknown[]> {
  return (await tables.read()).runs;
}

async function onlyRunId(sandbox: WorkflowSandbox): Promise<string> {
  const { runs } = Object((await sandbox.run("refresh-districts", ["--runs", "--json"])).json());
  assertEquals(runs.length, 1);
  return runs[0].run_id;
}

Deno.test("refresh-districts restores, deletes checksums and runs again, each once", async () => {
  await using sandbox = await workflowSandbox();
  const { place } = sandbox;
  await sandbox.addWithFiles(
    { id: 1, name: "old.csv" },
    { id: 2, name: "a.csv" },
    { id: 3, district: 8, name: "b.csv" },
  );
  await place.tables.postgres.sql`
    update "DataRequest" set "RequestTime" = '2020-01-01' where "RequestID" = 1`;
  await place.tables.postgres.sql`
    insert into "DataRequestChecksum" ("RequestID", "ChecksumKey", "ChecksumValue")
    values (1, 'md5', 'x'), (2, 'md5', 'x'), (2, 'sha1', 'x')`;
  const args = ["7", "8", "9", "--type", "SAT", "--json"];

  const dry = await sandbox.run("refresh-districts", [...args, "--dry-run"]);
  const untouched = [await place.list(), await place.tables.read()];
  const first = await sandbox.run("refresh-districts", args);
  const after = await place.tables.read();
  const second = await sandbox.run("refresh-districts", args);

  assertEquals([dry.code, dry.stderr], [0, ""], dry.stdout);
  assertEquals(outcomesOf(dry.json()), ["planned 2", "planned 3"]);
  assertEquals(Object(dry.json()).data.checksums_deleted, 2);
  assertEquals(untouched[0], {});
  assertEquals(Object(untouched[1]).runs, []);

  assertEquals(first.code, 0, first.stderr);
  const document = Object(first.json());
  assertMatch(document.data.run_id, runIdForm);
  assertEquals(outcomesOf(document), ["rerun 2", "rerun 3"]);
  assertEquals([document.steps_completed, document.total_steps], [4, 4]);
  assertEquals(document.data.districts_without_requests, [9]);
  assertEquals(document.data.checksums_deleted, 2);
  assertEquals(await place.list(), { "7/a.csv": "a.csv", "8/b.csv": "b.csv" });
  const reason = `district refresh, run ${document.data.run_id}`;
  assertEquals(after, {
    statuses: [[1, 4], [2, 1], [3, 1]],
    checksums: [[1, "md5"]],
    runs: [[2, "opsdeck", reason], [3, "opsdeck", reason]],
  });

  // The older request is not taken for the latest while that one waits.
  assertEquals(second.code, 0, second.stderr);
  assertEquals(Object(second.json()).data.waiting_requests, [2, 3]);
  assertEquals(await place.tables.read(), after);
});

Deno.test("refresh-districts goes on with the others when one district has no login, and resumes", async () => {
  await using sandbox = await workflowSandbox();
  const { place, server } = sandbox;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  const env = { DEVELOPMENT_DISTRICT_8_SFTP_HOST: "not a host" };

  const partly = await sandbox.run("refresh-districts", ["7", "8", "--json"], { env });
  const document = Object(partly.json());
  const runId: string = document.data.run_id;
  const halfway = await place.tables.read();
  const resumed = await sandbox.run("refresh-districts", ["--resume", runId, "--json"]);
  const again = await sandbox.run("refresh-districts", ["--resume", runId, "--json"]);

  assertEquals(partly.code, 1, partly.stderr);
  assertEquals(outcomesOf(document), ["rerun 1", "failed 2"], partly.stdout);
  assertStringIncludes(document.data.outcomes[1].error, "DEVELOPMENT_DISTRICT_8_SFTP_HOST");
  assertEquals(document.data.steps.map((step: Record<string, unknown>) => step["status"]), [
    "done",
    "failed",
    "done",
    "done",
  ]);
  assertEquals(halfway.statuses, [[1, 1], [2, 4]]);
  assertEquals(resumed.code, 0, resumed.stdout);
  assertEquals(outcomesOf(resumed.json()), ["rerun 1", "rerun 2"]);
  assertEquals(again.code, 0, again.stderr);
  assertEquals((await runsOf(sandbox)).length, 2);
  assertEquals(server.requests.filter((kind) => kind === "rename").length, 2);
});

Deno.test("refresh-districts runs each request once when two work side by side", async () => {
  await using sandbox = await workflowSandbox();
  const { postgres: { sql, url } } = sandbox.place.tables;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  const waiting = async () =>
    (await sql`
      select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query ilike '%for update%'`).length;
  const other = postgres(url, { max: 1 });
  const holder = await other.reserve();
  try {
    await holder`begin`;
    await holder`select 1 from "DataRequest" for update`;
    await using first = sandbox.start("refresh-districts", ["7", "8", "--json"]);
    await using second = sandbox.start("refresh-districts", ["7", "8", "--json"]);
    await waitFor(async () => await waiting() === 2, { what: "both at the rows" });
    await holder`rollback`;

    const results = [await first.result, await second.result];
    const { runs: listed } = Object(
      (await sandbox.run("refresh-districts", ["--runs", "--json"])).json(),
    );
    await sql`update "DataRequest" set "Status" = 4`; // the importer is done with them
    for (const { run_id } of listed) {
      const resumed = await sandbox.run("refresh-districts", ["--resume", run_id]);
      assertEquals(resumed.code, 0, resumed.stderr);
    }

    assertEquals(results.map(({ code }) => code), [0, 0], results.map((r) => r.stderr).join());
    const outcomes = results.map((result) => outcomesOf(result.json()).join()).sort();
    assertEquals(outcomes, ["left 1,left 2", "rerun 1,rerun 2"]);
    const waitingIds = results.map((result) => Object(result.json()).data.waiting_requests);
    assertEquals(waitingIds.sort((a, b) => a.length - b.length), [[], [1, 2]]);
    assertEquals((await runsOf(sandbox)).length, 2);
  } finally {
    holder.release();
    await other.end();
  }
});

Deno.test("refresh-districts does not run a request again that a newer one followed while its file was restored", async () => {
  await using sandbox = await workflowSandbox();
  const { place, server } = sandbox;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
  let renames = 0;
  server.faults.answerInstead = async ({ kind }) => {
    if (kind === "rename" && ++renames === 1) await goOn;
    return undefined;
  };

  await using script = sandbox.start("refresh-districts", ["7"]);
  await waitFor(() => renames === 1, { what: "the file" });
  await place.tables.postgres.sql`
    insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID", "Status")
    values (2, 7, 1, 3)`;
  letGo();
  const result = await script.result;

  assertEquals(result.code, 0, result.stderr);
  assertStringIncludes(result.stdout, "0 of 1 request run again, 0 failed, 1 left as it is\n");
  assertStringIncludes(result.stdout, "or followed by a newer one, left as they are: 1\n");
  assertEquals((await place.tables.read()).statuses, [[1, 4], [2, 3]]);
});

Deno.test("refresh-districts --resume restores no file of a request that is left by now", async () => {
  await using sandbox = await workflowSandbox();
  const { place } = sandbox;
  await place.add({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  const failed = await sandbox.run("refresh-districts", ["7", "8", "--json"]);
  const runId: string = Object(failed.json()).data.run_id;
  await place.put("processed/7/a.csv", "a");
  await place.put("processed/8/b.csv", "b");
  await place.tables.postgres.sql`update "DataRequest" set "Status" = 3 where "RequestID" = 1`;

  const resumed = await sandbox.run("refresh-districts", ["--resume", runId, "--json"]);

  const { success, data } = Object(resumed.json());
  assertEquals([failed.code, resumed.code, success], [1, 0, true], resumed.stdout);
  assertEquals(outcomesOf(resumed.json()), ["left 1", "rerun 2"]);
  assertEquals([data.outcomes[0].error, data.waiting_requests], [null, [1]]);
  assertEquals(data.steps.map(({ status }: Record<string, unknown>) => status), [
    "done",
    "done",
    "done",
    "done",
  ]);
  assertEquals(await place.list(), { "8/b.csv": "b" });
});

Deno.test("refresh-districts tells which copy it takes, and that it replaces another file", async () => {
  await using sandbox = await workflowSandbox();
  const { place } = sandbox;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  await place.put("processed/7/a_20261101.csv", "newer", 60);
  await place.put("in/7/a.csv", "in the way");

  const dry = await sandbox.run("refresh-districts", ["7", "8", "--force", "--dry-run"]);
  const untouched = await place.list();
  const real = await sandbox.run("refresh-districts", ["7", "8", "--force"]);

  for (const [{ code, stdout, stderr }, word] of [[dry, "planned"], [real, "restored"]] as const) {
    assertEquals(code, 0, stderr);
    const from = "\\S+processed/7/a_20261101\\.csv";
    const size = "\\(5 B\\), replacing another file";
    assertMatch(stdout, new RegExp(`\n1: ${word}: ${from} to \\S+in/7/a\\.csv ${size}\n`));
    assertMatch(stdout, /\n1: passed over: \S+processed\/7\/a\.csv\n/);
    assertMatch(stdout, new RegExp(`\n2: ${word}: \\S+processed/8/b\\.csv to `));
  }
  assertEquals(untouched, { "7/a.csv": "in the way" });
  assertEquals(await place.list(), { "7/a.csv": "newer", "8/b.csv": "b.csv" });
});

Deno.test("refresh-districts refuses a name too long for the history before it restores a file", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const name = ["--requested-by", "x".repeat(201)];

  const { code, stderr } = await sandbox.run("refresh-districts", ["7", ...name]);

  assertEquals(code, 1);
  assertStringIncludes(stderr, "--requested-by must have at most 200 characters: it has 201");
  assertEquals(await sandbox.place.list(), {});
});

Deno.test("refresh-districts --resume does nothing twice after kill -9 in the restore", async () => {
  await using sandbox = await workflowSandbox();
  const { place, server } = sandbox;
  await sandbox.addWithFiles(
    ...[1, 2, 3, 4, 5, 6].map((id) => ({ id, district: 7 + id % 2, name: `${id}.csv` })),
  );
  await place.tables.postgres.sql`
    insert into "DataRequestType" ("DataRequestTypeID", "Name", "SftpDirectory", "ProcessedDirectory")
    select n, 'SAT ' || n, "SftpDirectory", "ProcessedDirectory"
    from "DataRequestType", generate_series(2, 6) n where "DataRequestTypeID" = 1`;
  await place.tables.postgres.sql`update "DataRequest" set "DataRequestTypeID" = "RequestID"`;
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
  let renames = 0;
  server.faults.answerInstead = async ({ kind }) => {
    if (kind === "rename" && ++renames === 3) await goOn;
    return undefined;
  };

  await using script = sandbox.start("refresh-districts", ["7", "8", "--max-concurrent", "1"]);
  await waitFor(() => renames >= 3, { what: "the third file" });
  const refused = await sandbox.run("refresh-districts", [
    "--resume",
    await onlyRunId(sandbox),
    "--json",
  ]);
  script.kill("SIGKILL");
  await script.result;
  letGo();
  const { runs: [killed] } = Object(
    (await sandbox.run("refresh-districts", ["--runs", "--json"])).json(),
  );
  const resumed = await sandbox.run("refresh-districts", ["--resume", killed.run_id, "--json"]);

  assertEquals(refused.code, 1);
  assertStringIncludes(Object(refused.json()).error, `process ${script.pid} works on it`);
  assertEquals(killed.status, "interrupted");
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(outcomesOf(resumed.json()).sort(), [1, 2, 3, 4, 5, 6].map((id) => `rerun ${id}`));
  assertEquals((await runsOf(sandbox)).length, 6);
  const files = await place.list();
  assertEquals(Object.values(files).sort(), [1, 2, 3, 4, 5, 6].map((id) => `${id}.csv`));
});

Deno.test("refresh-districts --resume finds out what was stored when it was killed in the commit", async () => {
  await using sandbox = await workflowSandbox();
  const { place: { tables } } = sandbox;
  const { sql } = tables.postgres;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  // The commit waits for a lock that the test holds.
  await sql.unsafe(`
    create function wait_for_test() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock_shared(4711); return null; end';
    create constraint trigger "slow commit" after insert on "DataRequestRun"
      deferrable initially deferred for each row execute function wait_for_test()`);
  const other = postgres(tables.postgres.url, { max: 1 });
  const holder = await other.reserve();
  const waiting = async (query: string) =>
    (await sql`
      select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query ilike ${query}`).length > 0;
  try {
    await holder`select pg_advisory_lock(4711)`;
    await using script = sandbox.start("refresh-districts", ["7", "8"]);
    await waitFor(() => waiting("commit%"), { what: "the commit" });
    script.kill("SIGKILL");
    await script.result;
    const runId = await onlyRunId(sandbox);
    await using resumed = sandbox.start("refresh-districts", ["--resume", runId, "--json"]);
    await waitFor(() => waiting("%for update%"), { what: "the look at the rows" });
    await holder`select pg_advisory_unlock(4711)`;

    const result = await resumed.result;

    assertEquals(result.code, 0, result.stderr);
    assertEquals(outcomesOf(result.json()), ["rerun 1", "rerun 2"]);
    assertEquals((await runsOf(sandbox)).length, 2);
  } finally {
    holder.release();
    await other.end();
  }
});

Deno.test("refresh-districts finishes what is in hand when it is stopped, and resumes", async () => {
  await using sandbox = await workflowSandbox();
  const { place, server } = sandbox;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, district: 8, name: "b.csv" });
  const { promise: goOn, resolve: letGo } = Promise.withResolvers<void>();
  let renames = 0;
  server.faults.answerInstead = async ({ kind }) => {
    if (kind === "rename" && ++renames === 1) await goOn;
    return undefined;
  };

  await using script = sandbox.start("refresh-districts", [
    "7",
    "8",
    "--max-concurrent",
    "1",
    "--json",
  ]);
  await waitFor(() => renames === 1, { what: "the first file" });
  script.kill("SIGTERM");
  await script.waitForLine(/^Stopping after the work in hand/);
  letGo();
  const stopped = await script.result;
  const runId = await onlyRunId(sandbox);
  const resumed = await sandbox.run("refresh-districts", ["--resume", runId, "--json"]);

  assertEquals(stopped.code, 143, stopped.stderr);
  const document = Object(stopped.json());
  assertEquals(document.success, false);
  assertEquals(document.data.steps.map((step: Record<string, unknown>) => step["status"]), [
    "done",
    "interrupted",
    "not_started",
    "not_started",
  ]);
  assertEquals(outcomesOf(document), ["not_done 1", "not_done 2"]);
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(Object.keys(await place.list()).sort(), ["7/a.csv", "8/b.csv"]);
  assertEquals((await runsOf(sandbox)).length, 2);
});

Deno.test("refresh-districts --resume ends at the first signal while the database does not answer", async () => {
  await using sandbox = await workflowSandbox();
  const { sql } = sandbox.place.tables.postgres;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const done = await sandbox.run("refresh-districts", ["7", "--json"]);
  const runId: string = Object(done.json()).data.run_id;
  const waiting = async () =>
    (await sql`
      select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and query ilike '%for update%'`).length > 0;
  const other = postgres(sandbox.place.tables.postgres.url, { max: 1 });
  const holder = await other.reserve();
  try {
    await holder`begin`;
    await holder`select 1 from "DataRequest" for update`;
    await using script = sandbox.start("refresh-districts", ["--resume", runId]);
    await waitFor(waiting, { what: "the look at the rows" });

    script.kill("SIGINT");
    const stopped = await script.result;
    const listed = await sandbox.run("refresh-districts", ["--runs", "--json"]);

    assertEquals(stopped.code, 130, stopped.stderr);
    assertEquals(Object(listed.json()).runs[0].status, "stopped");
    await holder`rollback`;
    const resumed = await sandbox.run("refresh-districts", ["--resume", runId]);
    assertEquals(resumed.code, 0, resumed.stderr);
  } finally {
    holder.release();
    await other.end();
  }
});

Deno.test("refresh-districts changes nothing for more than 20 requests without --yes", async () => {
  await using sandbox = await workflowSandbox();
  const { sql } = sandbox.place.tables.postgres;
  await sql`
    insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID", "Status")
    select n, n, 1, 4 from generate_series(1, 21) n`;
  const ids = Array.from({ length: 21 }, (_, index) => `${index + 1}\n`).join("");
  const args = ["-", "--no-restore", "--keep-checksums", "--json"];

  const refused = await sandbox.run("refresh-districts", args, { stdin: ids });
  const before = await runsOf(sandbox);
  const done = await sandbox.run("refresh-districts", [...args, "--yes"], { stdin: ids });

  assertEquals(refused.code, 1);
  assertMatch(Object(refused.json()).error, /^Cannot refresh 21 requests without --yes as /);
  assertEquals(before, []);
  assertEquals(done.code, 0, done.stderr);
  assertEquals(Object(done.json()).total_steps, 2);
  assertEquals((await runsOf(sandbox)).length, 21);
});

Deno.test("refresh-districts refuses runs that are not its own, and options of another run", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const done = await sandbox.run("refresh-districts", ["7", "--json"]);
  const runId: string = Object(done.json()).data.run_id;
  const cases: [script: string, args: string[], env: Record<string, string>, error: RegExp][] = [
    ["refresh-districts", ["--resume", "../../etc/passwd"], {}, /an id looks like/],
    ["refresh-districts", ["--resume", "20200101-000000-abcdef"], {}, /is not there/],
    ["refresh-districts", ["7", "--resume", runId], {}, /with districts as it goes on/],
    ["refresh-districts", ["--no-restore", "--resume", runId], {}, /with --no-restore/],
    ["bulk-download", ["--resume", runId], {}, /as it is a district_refresh/],
    ["refresh-districts", ["7x"], {}, /Cannot use "7x" as a district id/],
    ["refresh-districts", [], {}, /no district id is given/],
    ["refresh-districts", ["--resume", runId], {
      ENVIRONMENT: "test",
      TEST_GLOBAL_SURVEYHUB_CONNECTION_STRING: sandbox.place.tables.postgres.url,
    }, /it works on development: .* and the configuration says test: /],
  ];
  for (const [script, args, env, error] of cases) {
    const { code, stderr, stdout } = await sandbox.run(script, args, { env });

    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertMatch(stderr, error);
  }
  assert(done.code === 0);
  assertEquals((await runsOf(sandbox)).length, 1);
});
