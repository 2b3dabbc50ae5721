import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import { queueMigrations } from "../../lib/queue/mod.ts";
import { absentTarget } from "../support/closed_port.ts";
import { waitFor } from "../support/wait_for.ts";
import { connectionVariable, type QueueSandbox, queueSandbox } from "./queue_sandbox.ts";

const flow = "survey_processor";
const encoder = new TextEncoder();

function ndjson(count: number, from = 1): string {
  return Array.from({ length: count }, (_, n) => `{"n":${from + n}}\n`).join("");
}

async function payloads(place: QueueSandbox, name: string): Promise<unknown[]> {
  const rows = await place.database.sql`
    select payload from processing_queue where flow_name = ${name} order by id`;
  return rows.map((row) => row["payload"]);
}

Deno.test("queue add reads every format, from a file or stdin, by name or by first character", async () => {
  await using place = await queueSandbox();
  const wanted = [{ a: "1", b: 'é, "x"\ny' }, { a: "2", b: "" }];
  const csv = '\uFEFFa,b\r\n1,"é, ""x""\ny"\r\n2,\r\n';
  const json = `  ${JSON.stringify(wanted, null, 2)}\n`;
  const lines = wanted.map((record) => `${JSON.stringify(record)}\n`).join("\n");
  await Promise.all([
    place.write("records.csv", csv),
    place.write("records.json", json),
    place.write("lines.json", lines),
    place.write("records.JSONL", lines),
    place.write("unnamed", csv),
  ]);
  const cases: [string[], string?][] = [
    [["--file", "records.csv"]],
    [["--file", "records.json"]],
    [["--file", "lines.json"]],
    [["--file", "records.JSONL"]],
    [["--file", "unnamed", "--format", "csv"]],
    [[], csv],
    [[], json],
    [[], lines],
  ];

  const results = await Promise.all(cases.map(([args, stdin], at) =>
    place.queue(
      ["add", "--flow", `case ${at}`, "--json", ...args],
      stdin === undefined ? {} : { stdin },
    )
  ));

  for (const [at, { code, stderr, json }] of results.entries()) {
    assertEquals([code, stderr], [0, ""]);
    assertEquals(json(), { flow_name: `case ${at}`, added: 2, duplicates: 0, rejected: 0 });
    assertEquals(await payloads(place, `case ${at}`), wanted);
  }
});

Deno.test("queue add names the line of each wrong record and keeps the others", async () => {
  await using place = await queueSandbox();
  const bytes = encoder.encode([
    ndjson(16),
    '{"n":\n',
    '{"n":18}\n',
    '{"text":"a\\u0000b"}\n',
    "[1]\n",
    `{"text":"${"x".repeat(1_048_576)}"}\n`,
    '{"text":"?"}\n',
  ].join(""));
  bytes[bytes.length - 4] = 0xff;
  await place.write("bad.ndjson", bytes);
  await place.write("ragged.csv", 'a,b\n1,2\n1,2,3\n"x"y,2\n3,4\n');
  const add = (name: string, ...args: string[]) =>
    place.queue(["add", "--flow", name, "--file", "bad.ndjson", ...args]);

  const [kept, none, dry, csv] = await Promise.all([
    add("kept", "--json"),
    add("none", "--all-or-nothing", "--json"),
    add("dry", "--dry-run"),
    place.queue(["add", "--flow", "csv", "--file", "ragged.csv"]),
  ]);

  assertEquals(kept.code, 1);
  assertEquals(kept.json(), { flow_name: "kept", added: 17, duplicates: 0, rejected: 5 });
  const lines = kept.stderr.trim().split("\n");
  assertEquals(lines.length, 5);
  assertMatch(lines[0] ?? "", /^Warning: line 17 is rejected: not valid JSON/);
  assertMatch(lines[1] ?? "", /^Warning: line 19 is rejected: .*NUL/);
  assertMatch(lines[2] ?? "", /^Warning: line 20 is rejected: .*JSON object/);
  assertMatch(lines[3] ?? "", /^Warning: line 21 is rejected: .*1048576 bytes/);
  assertMatch(lines[4] ?? "", /^Warning: line 22 is rejected: .*not UTF-8/);
  assertEquals(await place.counts("kept"), { pending: 17 });

  assertEquals(none.code, 1);
  assertObjectMatch(Object(none.json()), { status: "failed", context: { rejected: 5 } });
  assertStringIncludes(none.stderr, "Error: Added nothing as 5 of the records are wrong");
  assertEquals(await place.counts("none"), {});

  assertEquals([dry.code, dry.stdout], [1, "dry: would add 17 records, rejected 5 records\n"]);
  assertEquals(await place.counts("dry"), {});

  assertEquals([csv.code, csv.stdout], [1, "csv: added 2 records, rejected 2 records\n"]);
  assertMatch(csv.stderr, /line 3 is rejected: the row has 3 fields and the header has 2\n/);
  assertMatch(csv.stderr, /line 4 is rejected: misquoted/);
});

Deno.test("queue add names twenty wrong records and counts the rest", async () => {
  await using place = await queueSandbox();

  const { code, stderr } = await place.queue(["add", "--flow", flow, "--format", "ndjson"], {
    stdin: "x\n".repeat(1000),
  });

  assertEquals(code, 1);
  assertEquals(stderr.split("\n").length - 1, 21);
  assertStringIncludes(stderr, "Warning: 980 more records are rejected\n");
});

Deno.test("queue add keeps --dedupe-key, --priority and --run-at", async () => {
  await using place = await queueSandbox();
  const args = ["add", "--flow", flow, "--dedupe-key", "n", "--json"];

  const first = await place.queue(
    [...args, "--priority", "-5", "--run-at", "2035-01-02T03:04:05+02:00"],
    { stdin: ndjson(3) + '{"n":2}\n{"m":1}\n{"n":{}}\n' },
  );
  const again = await place.queue(args, { stdin: ndjson(5) });

  assertEquals([first.code, again.code], [1, 0]);
  assertEquals(first.json(), { flow_name: flow, added: 3, duplicates: 1, rejected: 2 });
  assertMatch(first.stderr, /line 5 is rejected: it has no text or number in its field "n"/);
  assertEquals(again.json(), { flow_name: flow, added: 2, duplicates: 3, rejected: 0 });
  const rows = await place.database.sql`
    select dedupe_key, priority, run_at > '2035-01-01' as later from processing_queue order by id`;
  assertEquals(rows.map((row) => Object.values(row)), [
    ["1", -5, true],
    ["2", -5, true],
    ["3", -5, true],
    ["4", 0, false],
    ["5", 0, false],
  ]);
});

Deno.test("queue add refuses what it cannot read, says why, and adds nothing", async () => {
  await using place = await queueSandbox();
  await place.write("twice.csv", "a,b,a\n1,2,3\n");
  await place.write("latin1.csv", Uint8Array.from([0x61, 0xe9, 0x0a, 0x31, 0x0a]));
  await place.write("records.csv", "a\n1\n");
  const outside = await Deno.makeTempFile();
  const cases: [string[], number, RegExp][] = [
    [["--file", "nothing.csv"], 1, /^Error: .*nothing\.csv" as there is no such file/],
    [["--file", "."], 1, /^Error: .* as it is a folder/],
    [["--file", "twice.csv"], 1, /^Error: .*names the column "a" twice/],
    [["--file", "latin1.csv"], 1, /^Error: .*not UTF-8/],
    [[], 1, /^Error: Cannot read records as the input is empty/],
    [["--file", "records.csv", "--run-at", "tomorrow"], 1, /--run-at .*zone.*: it is "tomorrow"/],
    [["--file", "records.csv", "--priority", "101"], 1, /--priority .*-100 to 100: it is "101"/],
    [["--file", "records.csv", "--format", "xml"], 1, /--format .*csv, json, ndjson: it is "xml"/],
    [["--file", "records.csv", "--flow", "x".repeat(101)], 1, /flow name .*100 characters/],
    [["--file", outside], 2, new RegExp(`read permission.*; run it as: .*read=.*${outside}`)],
  ];
  try {
    const results = await Promise.all(
      cases.map(([args]) => place.queue(["add", "--flow", flow, ...args])),
    );

    for (const [at, { code, stdout, stderr }] of results.entries()) {
      const [args, wantedCode, wanted] = cases[at] ?? [[], 0, / /];
      assertEquals([code, stdout], [wantedCode, ""], `${args.join(" ")}: ${stderr}`);
      assertMatch(stderr, wanted);
      assertEquals(stderr.split("\n").length, 2, stderr);
    }
    assertEquals(await place.counts(flow), {});
  } finally {
    await Deno.remove(outside);
  }
});

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
  Deno.test(`queue add adds nothing when ${signal} meets it in the middle, and all of it after`, async () => {
    await using place = await queueSandbox();
    await using child = place.startQueueOnStdin(["add", "--flow", flow, "--json"]);
    const output = Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    const writer = child.stdin.getWriter();
    // What is written stays below what the pipe and one chunk hold, and the end does not come.
    const writing = writer.write(encoder.encode(ndjson(30_000))).catch(() => {});
    await waitFor(async () => {
      const [row] = await place.database.sql`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and backend_xid is not null
          and query ilike '%insert%'`;
      return row?.["count"];
    }, { what: "the first chunk in the database" });

    child.kill(signal);
    const { code } = await child.status;
    const [stdout, stderr] = await output;
    await writing;
    await writer.abort().catch(() => {});

    const wantedCode = { SIGINT: 130, SIGTERM: 143, SIGKILL: 137 }[signal];
    assertEquals(code, wantedCode);
    if (signal !== "SIGKILL") {
      assertStringIncludes(stderr, "Error: Added nothing as it was stopped before the end");
      assertObjectMatch(JSON.parse(stdout), { status: "failed" });
    }
    assertEquals(await place.counts(flow), {});
    const again = await place.queue(["add", "--flow", flow], { stdin: ndjson(30_000) });
    assertEquals(again.stdout, `${flow}: added 30,000 records\n`);
    assertEquals(await place.counts(flow), { pending: 30_000 });
  });
}

Deno.test("queue status counts by flow and status, and knows which flows there are", async () => {
  await using place = await queueSandbox();

  const empty = await place.queue(["status"]);
  await place.fill("a", 3);
  await place.fill("b", 1);
  await place.database.sql`update processing_queue set status = 'failed' where flow_name = 'b'`;
  const [all, one, text, unknown] = await Promise.all([
    place.queue(["--json", "status"]),
    place.queue(["status", "--flow", "b", "--json"]),
    place.queue(["status"]),
    place.queue(["status", "--flow", "c"]),
  ]);

  assertEquals([empty.code, empty.stdout], [
    0,
    "The queue is empty; add records with: queue add\n",
  ]);
  assertEquals(all.json(), {
    total_records: 4,
    pending_records: 3,
    processing_records: 0,
    completed_records: 0,
    failed_records: 1,
    by_flow: {
      a: { pending: 3, processing: 0, completed: 0, failed: 0 },
      b: { pending: 0, processing: 0, completed: 0, failed: 1 },
    },
  });
  assertObjectMatch(Object(one.json()), { total_records: 1, by_flow: { b: { failed: 1 } } });
  assertEquals(text.stdout.split("\n").slice(0, 4), [
    "flow  pending  processing  completed  failed  total",
    "a           3           0          0       0      3",
    "b           0           0          0       1      1",
    "all         3           0          0       1      4",
  ]);
  assertEquals([unknown.code, unknown.stdout], [1, ""]);
  assertStringIncludes(
    unknown.stderr,
    'the flow "c" as it has no records: flows with records are a, b',
  );
});

Deno.test("queue health reports databases, counts and instance as the reference does", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 2);
  const absent = absentTarget();
  const down = `postgresql://nobody:secret-word@127.0.0.1:${absent.port}/nothing`;
  const source = (url: string) => ({ DEVELOPMENT_GLOBAL_SURVEYHUB_CONNECTION_STRING: url });

  const [well, both, degraded, unhealthy, text] = await Promise.all([
    place.queue(["health", "--json"]),
    place.queue(["health", "--json"], { env: source(place.database.url) }),
    place.queue(["health", "--json"], { env: source(down) }),
    place.queue(["health", "--json"], { env: { [connectionVariable]: down } }),
    place.queue(["health"], { env: { [connectionVariable]: down } }),
  ]);

  const report = Object(well.json());
  assertEquals(well.code, 0);
  assertEquals(Object.keys(report), [
    "status",
    "databases",
    "queue_status",
    "instance_info",
    "timestamp",
  ]);
  assertEquals(Object.keys(report.databases), ["rpa_db"]);
  const { response_time_ms, ...health } = report.databases.rpa_db;
  assertEquals(health, { status: "healthy", connection: true });
  assertEquals(typeof response_time_ms, "number");
  assertEquals(report.queue_status, {
    total_records: 2,
    pending_records: 2,
    processing_records: 0,
    failed_records: 0,
  });
  assertEquals(Object.keys(report.instance_info), ["instance_id", "hostname"]);
  assertEquals(new Date(report.timestamp).toISOString(), report.timestamp);

  assertObjectMatch(Object(both.json()), {
    status: "healthy",
    databases: { SurveyHub: { status: "healthy", connection: true } },
  });
  assertEquals(degraded.code, 0);
  assertObjectMatch(Object(degraded.json()), {
    status: "degraded",
    databases: { rpa_db: { status: "healthy" }, SurveyHub: { connection: false } },
  });
  assertEquals([unhealthy.code, text.code], [1, 1]);
  assertObjectMatch(Object(unhealthy.json()), {
    status: "unhealthy",
    databases: { rpa_db: { connection: false, response_time_ms: null } },
    queue_status: null,
  });
  assertMatch(text.stdout, /^The queue is unhealthy\n/);
  for (const { stdout, stderr } of [degraded, unhealthy, text]) {
    assertNotMatch(stdout + stderr, /secret-word/);
  }
});

Deno.test("queue cleanup takes back what is stuck, and fails what came back too often", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 5);
  await place.database.sql`
    update processing_queue
    set status = 'processing', flow_instance_id = 'gone-1:1',
      claimed_at = now() - case when payload->>'n' = '5' then interval '0' else interval '2 hours' end,
      retry_count = case when payload->>'n' = '1' then 2 else 0 end`;

  const fresh = await place.queue(["cleanup", "--timeout-hours", "3", "--json"]);
  const dry = await place.queue(["cleanup", "--dry-run", "--json"]);
  const dryCounts = await place.counts(flow);
  const first = await place.queue(["cleanup", "--json"]);
  const now = await place.queue(["cleanup", "--timeout-hours", "0", "--flow", flow]);
  const none = await place.queue(["cleanup", "--timeout-hours", "0"]);
  const unknown = await place.queue(["cleanup", "--flow", "other"]);

  assertEquals(fresh.json(), { cleaned: 0, requeued: 0, failed: 0, dry_run: false });
  assertEquals(dry.json(), { cleaned: 4, requeued: 3, failed: 1, dry_run: true });
  assertEquals(dryCounts, { processing: 5 });
  assertEquals(first.json(), { cleaned: 4, requeued: 3, failed: 1, dry_run: false });
  assertEquals(
    now.stdout,
    "1 record went back to pending, 0 were failed as they came back too often\n",
  );
  assertEquals(none.stdout, "No record is stuck in processing\n");
  assertEquals([unknown.code, unknown.stdout], [1, ""]);
  assertEquals(await place.counts(flow), { pending: 4, failed: 1 });
  assertMatch((await place.reasons(flow))["1"] ?? "", /^Given up after 3 attempts: .*gone-1:1/);
});

Deno.test("queue reset gives failed records another chance and says why others get none", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 4);
  await place.fill("other", 1);
  await place.database.sql`
    update processing_queue
    set status = 'failed', error_message = 'why',
      retry_count = case when payload->>'n' = '2' then 3 else 1 end
    where payload->>'n' <> '4'`;
  const ids = await place.database.sql`select id::int from processing_queue order by id`;
  const [one, two, three, four, elsewhere] = ids.map((row) => String(row["id"]));
  const reset = (...args: (string | undefined)[]) =>
    place.queue(["reset", "--flow", flow, ...args.filter((arg) => arg !== undefined)]);

  const dry = await reset("--dry-run", "--json");
  const named = await reset(one, two, four, elsewhere, "999999", "--json");
  const rest = await reset();
  const raised = await reset(two, "--max-retries", "10", "--json");
  const word = await reset("4711x");

  assertEquals(dry.json(), {
    flow_name: flow,
    reset: 2,
    not_reset: [],
    still_failed: 1,
    dry_run: true,
  });
  assertEquals(named.code, 1);
  assertEquals(named.json(), {
    flow_name: flow,
    reset: 1,
    not_reset: [
      { id: Number(two), reason: "it failed 3 times and the limit is 3; raise --max-retries" },
      { id: Number(four), reason: "it is pending, not failed" },
      { id: Number(elsewhere), reason: "it belongs to the flow other" },
      { id: 999999, reason: "there is no such record" },
    ],
    still_failed: 2,
    dry_run: false,
  });
  assertEquals([rest.code, rest.stdout.split("\n")[0]], [0, `${flow}: reset 1 record to pending`]);
  assertStringIncludes(rest.stdout, "1 record stays failed");
  assertObjectMatch(Object(raised.json()), { reset: 1, still_failed: 0 });
  assertEquals(word.code, 1);
  assertStringIncludes(word.stderr, 'Cannot read "4711x" as the id of a record');
  assert(three !== undefined);
  assertEquals(await place.counts(flow), { pending: 4 });
});

Deno.test("queue failed lists reasons newest first, page by page", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 5);
  await place.database.sql`
    update processing_queue set status = 'failed', retry_count = 1,
      error_message = 'bad ' || E'\\x1b[31m' || (payload->>'n')`;

  const page = await place.queue(["failed", "--flow", flow, "--limit", "2"]);
  const before = /More may follow: .*--before (\d+)/.exec(page.stdout)?.[1] ?? "";
  const next = await place.queue(["failed", "--before", before, "--limit", "3", "--json"]);
  const none = await place.queue(["failed", "--flow", flow, "--before", "1"]);

  assertMatch(page.stdout, /bad  ?\[31m5 .*\n.*bad  ?\[31m4 /);
  const records: Record<string, unknown>[] = Object(next.json());
  assertEquals(records.map((record) => record["payload"]), [{ n: 3 }, { n: 2 }, { n: 1 }]);
  assertEquals(Object.keys(records[0] ?? {}), [
    "id",
    "flow_name",
    "payload",
    "error_message",
    "retry_count",
    "orphan_count",
    "created_at",
    "updated_at",
  ]);
  assertEquals(none.stdout, "No more records have failed\n");
});

Deno.test("queue migrate makes the tables once, however many do it at once", async () => {
  await using place = await queueSandbox({ template: null });
  const names = queueMigrations.map(({ name }) => name);

  const missing = await place.queue(["status"]);
  const worker = await place.claim(["--flow", flow, "--exec", "true"], {
    permissions: ["--allow-run=true"],
  });
  const dry = await place.queue(["migrate", "--dry-run", "--json"]);
  const still = await place.queue(["status"]);
  const many = await Promise.all(
    Array.from({ length: 4 }, () => place.queue(["migrate", "--json"])),
  );
  const again = await place.queue(["migrate"]);

  for (const { code, stderr } of [missing, still, worker]) {
    assertEquals(code, 2);
    assertMatch(stderr, /^Error: .*"processing_queue" does not exist; .*: queue migrate\n$/);
  }
  assertEquals(dry.json(), { applied: names, dry_run: true });
  // One may apply the first, and another the second.
  const applied = many.flatMap(({ json }) => Object(json()).applied).sort();
  assertEquals([applied, many.map(({ code }) => code)], [names.toSorted(), [0, 0, 0, 0]]);
  assertEquals(again.stdout, "The queue's tables are up to date\n");
});

Deno.test("queue tells what is wrong with the database, with the exit code for it", async () => {
  await using place = await queueSandbox();
  const url = new URL(place.database.url);
  const changed = (change: (url: URL) => void) => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };
  const { port } = absentTarget();
  const cases: [string, number, RegExp][] = [
    [
      changed((url) => url.password = "wrong-secret"),
      2,
      new RegExp(`Cannot log in to the database at ${url.host} as .*refused.*; check the user`),
    ],
    [
      changed((url) => url.pathname = "/no_such_db"),
      2,
      new RegExp(`the database at ${url.host} as .*"no_such_db" does not exist; check the da`),
    ],
    [changed((url) => url.port = String(port)), 4, new RegExp(`127.0.0.1:${port}; check that`)],
    [`postgresql://u:wrong-secret@nowhere.invalid/db`, 4, /nowhere\.invalid; check that/],
    ["wrong-secret", 2, /Cannot use DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING as its form/],
  ];

  const results = await Promise.all(
    cases.map(([value]) =>
      place.queue(["status", "--json"], { env: { [connectionVariable]: value } })
    ),
  );
  const unset = await place.queue(["status"], {
    env: { [connectionVariable]: "", ENVIRONMENT: "production" },
  });

  for (const [at, { code, stdout, stderr, json }] of results.entries()) {
    const [, wantedCode, wanted] = cases[at] ?? ["", 0, / /];
    assertEquals(code, wantedCode, stderr);
    assertMatch(stderr, wanted);
    assertEquals(stderr.split("\n").length, 2, stderr);
    const document = Object(json());
    assertEquals(Object.keys(document), ["status", "error", "error_type", "timestamp", "context"]);
    assertEquals([document.status, `Error: ${document.error}\n`], ["failed", stderr]);
    for (const secret of ["wrong-secret", url.password]) {
      assertEquals((stdout + stderr).includes(secret), false);
    }
  }
  assertEquals(unset.code, 2);
  assertStringIncludes(unset.stderr, "PRODUCTION_GLOBAL_RPA_DB_CONNECTION_STRING is not set");
});

Deno.test("queue ends quietly when nobody reads its output any more", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 5000);
  await place.database.sql`
    update processing_queue set status = 'failed', error_message = repeat('x', 500)`;
  await using child = place.startQueueOnStdin(["failed", "--limit", "5000", "--json"]);
  await child.stdin.close();
  const reader = child.stdout.getReader();

  await reader.read();
  await reader.cancel();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);

  assertEquals([code, stderr], [0, ""]);
});
