import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { startTcpProxy } from "../support/tcp_proxy.ts";
import { waitFor } from "../support/wait_for.ts";
import { type WorkflowSandbox, workflowSandbox } from "./workflow_sandbox.ts";

const connection = "DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING";

/** Everything in the import directories, temporary files too. */
async function imported({ place }: WorkflowSandbox): Promise<Record<string, string>> {
  return await place.list("in");
}

Deno.test("restore-files killed between upload and rename leaves nothing that the next run does not mend", async () => {
  await using sandbox = await workflowSandbox();
  const { server, place } = sandbox;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" });
  await place.add({ id: 3, name: "c.csv" });
  const { gzipSync } = await import("node:zlib");
  await place.put("processed/7/c.csv.gz", gzipSync("c.csv"));
  const renames = new Set<string>();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  server.faults.answerInstead = async (request) => {
    // The upload of what was unpacked is renamed to our temporary name first.
    if (request.kind !== "rename" || request.to.endsWith(".opsdeck-part")) return undefined;
    renames.add(request.to);
    await held;
    return { kind: "status", code: 4 };
  };

  const killed = sandbox.start("restore-files", ["1", "--json"]);
  await waitFor(() => renames.size === 1, { what: "the rename" });
  killed.kill("SIGKILL");
  await killed.result;
  const second = sandbox.start("restore-files", ["3", "--json"]);
  await waitFor(() => renames.size === 2, { what: "the second rename" });
  second.kill("SIGKILL");
  await second.result;
  release();
  const left = Object.keys(await imported(sandbox));
  server.faults.answerInstead = undefined;
  const next = await sandbox.run("restore-files", ["1", "2", "3", "--json"]);

  // The second run has removed what the first one left.
  assertEquals(left.map((name) => /^7\/\.(c\.csv)\..*opsdeck-part$/.exec(name)?.[1]), ["c.csv"]);
  assertEquals(next.code, 0, next.stderr);
  assertEquals(Object(next.json()).counts, { restored: 3 });
  assertEquals(await imported(sandbox), {
    "7/a.csv": "a.csv",
    "7/b.csv": "b.csv",
    "7/c.csv": "c.csv",
  });
  const folders = [...Deno.readDirSync("/tmp")].filter(({ name }) =>
    /^opsdeck-restore-/.test(name)
  );
  const owned = folders.filter(({ name }) => left.some((part) => part.includes(name.slice(-8))));
  assertEquals(owned, []);
});

Deno.test("restore-files does not take away what a run under way needs", async () => {
  await using sandbox = await workflowSandbox();
  const { server } = sandbox;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv" });
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  let isHeld = false;
  server.faults.answerInstead = async (request) => {
    if (request.kind === "rename" && request.to.endsWith("a.csv")) {
      isHeld = true;
      await held;
    }
    return undefined;
  };

  await using slow = sandbox.start("restore-files", ["1", "--json"]);
  await waitFor(() => isHeld, { what: "the rename" });
  const other = await sandbox.run("restore-files", ["2", "--json"]);
  release();
  const first = await slow.result;

  assertEquals([other.code, first.code], [0, 0], first.stderr);
  assertEquals(Object(first.json()).counts, { restored: 1 });
  assertEquals(await imported(sandbox), { "7/a.csv": "a.csv", "7/b.csv": "b.csv" });
});

Deno.test("restore-files tells what it did, and exits 1 when one district's login is missing", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" }, { id: 2, name: "b.csv", district: 8 });
  const env = { DEVELOPMENT_DISTRICT_8_SFTP_PRIVATE_KEY: "no-such-key" };

  const dry = await sandbox.run("restore-files", ["1", "2", "--dry-run"], { env });
  const { code, stdout, stderr } = await sandbox.run("restore-files", ["1", "2"], { env });

  assertEquals([code, dry.code, stderr], [1, 1, ""]);
  assertMatch(dry.stdout, /^1: planned: \S+a\.csv to \S+in\/7\/a\.csv \(5 B\)\n/);
  assertMatch(dry.stdout, /\nWould restore 1 file, 5 B, 1 failed; changed nothing\n$/);
  assertMatch(stdout, /\n2: failed: .*DEVELOPMENT_DISTRICT_8_SFTP_PRIVATE_KEY.* does not exist/);
  assertMatch(stdout, /\nRestored 1 file, 5 B in [\d.]+ m?s, 1 failed\n$/);
  assertEquals(await imported(sandbox), { "7/a.csv": "a.csv" });
});

Deno.test("restore-files and rerun take ids from arguments, a file and standard input, and ask before many", async () => {
  await using sandbox = await workflowSandbox();
  const ids = Array.from({ length: 22 }, (_, index) => index + 1);
  await sandbox.addWithFiles(...ids.map((id) => ({ id, name: `${id}.csv` })));
  await Deno.writeTextFile(`${sandbox.folder}/ids.txt`, "# the first\n1, 2\n3\n");

  const few = await sandbox.run("rerun", ["4", "--file", "ids.txt", "-", "--json"], {
    stdin: "5\n",
  });
  const refused = await sandbox.run("restore-files", ["-"], { stdin: ids.join("\n") });
  const untouched = await imported(sandbox);
  const all = await sandbox.run("restore-files", ["-", "--yes", "--json"], {
    stdin: ids.join("\n"),
  });
  const wrong = await sandbox.run("restore-files", ["1x"]);
  const none = await sandbox.run("rerun", []);

  const { requests } = Object(few.json());
  assertEquals(requests.map(({ RequestID }: { RequestID: number }) => RequestID), [1, 2, 3, 4, 5]);
  assertEquals([refused.code, untouched], [1, {}]);
  assertStringIncludes(
    refused.stderr,
    "Cannot restore 22 requests without --yes as there is nobody",
  );
  assertEquals([all.code, Object(all.json()).counts], [0, { restored: 22 }]);
  assertEquals([wrong.code, none.code], [1, 1]);
  assertStringIncludes(wrong.stderr, '"1x"');
});

Deno.test("restore-files exits 4 when the server is away, and 2 when no server is configured", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  await sandbox.server.stop();

  const away = await sandbox.run("restore-files", ["1"]);
  const unset = await sandbox.run("restore-files", ["1"], {
    env: { DEVELOPMENT_GLOBAL_SFTP_HOST: "" },
  });

  assertEquals([away.code, unset.code], [4, 2]);
  assertMatch(away.stdout, /1: failed: Cannot connect to \S+ as .*refused/);
  assertStringIncludes(unset.stdout, "DEVELOPMENT_DISTRICT_7_SFTP_HOST");
});

Deno.test("rerun --dry-run changes nothing; rerun does it once and names unknown ids", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const before = await sandbox.place.tables.read();

  const dry = await sandbox.run("rerun", ["1", "--dry-run"]);
  const after = await sandbox.place.tables.read();
  const real = await sandbox.run("rerun", ["1", "1", "9", "--reason", "new layout"]);

  assertEquals(
    dry.stdout,
    "1: completed to pending\nWould run again: 1 request; changed nothing\n",
  );
  assertEquals(after, before);
  assertEquals(
    real.stdout,
    "Unknown ids: 9\nNamed more than once: 1\nRunning again: 1 request\n",
  );
  assertEquals(real.code, 1);
  assertEquals((await sandbox.place.tables.read()).runs, [[1, "opsdeck", "new layout"]]);
});

Deno.test("rerun refuses texts that are too long for the history", async () => {
  await using sandbox = await workflowSandbox();
  for (const [flag, length] of [["--requested-by", 201], ["--reason", 1001]] as const) {
    const args = ["1", flag, "x".repeat(length), "--dry-run"];

    const { code, stderr } = await sandbox.run("rerun", args);

    assertEquals(code, 1);
    assertStringIncludes(stderr, `${flag} must have at most ${length - 1} characters`);
  }
});

Deno.test("rerun tells that it tries again when the database hangs up", async () => {
  await using sandbox = await workflowSandbox();
  const { tables } = sandbox.place;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  await using proxy = startTcpProxy(tables.target);
  const env = { [connection]: `${proxy.through(tables.postgres.url)}?sslmode=disable` };
  void proxy.loseAnswer(/for update/);

  const { code, stdout, stderr } = await sandbox.run("rerun", ["1"], { env });

  assertEquals([code, stdout], [0, "Running again: 1 request\n"], stderr);
  assertMatch(stderr, /^Trying again in \d+ ms: .+\n$/);
});

Deno.test("rerun --dry-run ends at the first signal while the database does not answer", async () => {
  await using sandbox = await workflowSandbox();
  const { sql } = sandbox.place.tables.postgres;
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });
  const waiting = async () =>
    (await sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`).length > 0;

  const other = postgres(sandbox.place.tables.postgres.url, { max: 1 });
  const holder = await other.reserve();
  try {
    await holder`begin`;
    await holder`lock table "DataRequest" in access exclusive mode`;
    await using script = sandbox.start("rerun", ["1", "--dry-run"]);
    await waitFor(waiting, { what: "the preview" });
    script.kill("SIGINT");

    const { code, stdout } = await script.result;

    assertEquals([code, stdout], [130, ""]);
  } finally {
    holder.release();
    await other.end();
  }
});

Deno.test("find-requests finds by literal prefix, and lists types", async () => {
  await using sandbox = await workflowSandbox();
  const { sql } = sandbox.place.tables.postgres;
  await sql`insert into "DataRequestType" values (2, 'O''Brien%_ test', '/x', '/y'),
    (3, 'O''Brien and more', '/x', '/y')`;
  await sql`insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID", "Status")
    values (1, 7, 2, 4), (2, 7, 3, 4), (3, 8, 2, 5), (4, 8, 2, 2)`;

  const found = await sandbox.run("find-requests", ["--type", "O'Brien%_", "--ids"]);
  const queued = await sandbox.run("find-requests", [
    "--type-id",
    "2",
    "--district",
    "8",
    "--status",
    "queued",
    "--json",
  ]);
  const types = await sandbox.run("find-requests", ["--list-types", "BRIEN", "--json"]);
  const wrong = await sandbox.run("find-requests", ["--status", "done", "--district", "x"]);

  assertEquals([found.code, found.stdout], [0, "1\n3\n"], found.stderr);
  const [row] = Object(queued.json());
  assertEquals([row.RequestID, row.Status, row.DataRequestTypeName], [4, 2, "O'Brien%_ test"]);
  assertEquals(Object(types.json()).length, 2);
  assertEquals(wrong.code, 1);
});

Deno.test("find-requests prints as one list what it finds page by page", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.place.tables.postgres.sql`
    insert into "DataRequest" ("RequestID", "DistrictID", "DataRequestTypeID", "Status")
    select n, n, 1, 4 from generate_series(1, 1200) n`;
  const all = Array.from({ length: 1200 }, (_, index) => index + 1);

  const [text, json, ids, none, noneAsText] = await Promise.all([
    sandbox.run("find-requests", []),
    sandbox.run("find-requests", ["--json"]),
    sandbox.run("find-requests", ["--ids", "--json"]),
    sandbox.run("find-requests", ["--status", "6", "--json"]),
    sandbox.run("find-requests", ["--status", "6"]),
  ]);

  const lines = text.stdout.trimEnd().split("\n");
  assertEquals([lines.length, lines.at(-1)], [1202, "1,200 requests"]);
  assertEquals(lines.filter((line) => line.startsWith("REQUEST ")).length, 1);
  const rows: { RequestID: number; DistrictID: number }[] = Object(json.json());
  assertEquals(rows.map(({ DistrictID }) => DistrictID), all);
  assertEquals(ids.json(), all);
  assertEquals([none.code, none.json()], [0, []]);
  assertEquals(noneAsText.stdout, "No request was found\n");
});

Deno.test("download-files downloads to a folder, and says where the tables are missing", async () => {
  await using sandbox = await workflowSandbox();
  await sandbox.addWithFiles({ id: 1, name: "a.csv" });

  const { code, stdout, stderr } = await sandbox.run("download-files", ["1", "--to", "files"]);
  const { sql } = sandbox.place.tables.postgres;
  await sql`drop table "DataRequestRun", "DataRequestChecksum", "DataRequest"`;
  const missing = await sandbox.run("download-files", ["1"]);

  assertEquals([code, stderr], [0, ""], stdout);
  assertEquals(await Deno.readTextFile(`${sandbox.folder}/files/1_a.csv`), "a.csv");
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "deno task requests:sample");
});

Deno.test("sample-requests refuses a database of one's own", async () => {
  await using sandbox = await workflowSandbox();

  const { code, stderr } = await sandbox.run("sample-requests", ["--reset"]);

  assertEquals(code, 2);
  assertStringIncludes(stderr, connection);
});
