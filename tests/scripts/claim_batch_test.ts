import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "@std/assert";
import { absentTarget } from "../support/closed_port.ts";
import { optionalTool } from "../support/optional_tool.ts";
import { waitFor } from "../support/wait_for.ts";
import { connectionVariable, queueSandbox } from "./queue_sandbox.ts";

const flow = "survey_processor";

const okHandler = "export default (record) => ({ n: record.payload.n });\n";
const oddFailsHandler = `export default ({ payload }) => {
  if (payload.n % 2 === 1) throw new Error("odd " + payload.n);
  return { n: payload.n };
};\n`;

function summary(value: unknown): Record<string, unknown> {
  const { duration_ms, records_per_second, ...counts } = Object(value);
  assertEquals([typeof duration_ms, typeof records_per_second], ["number", "number"]);
  return counts;
}

Deno.test("claim-batch takes one batch with --once, all with --drain, and --limit records", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await place.fill(flow, 30);
  const claim = (...args: string[]) =>
    place.claim(["--flow", flow, "--handler", "handler.ts", "--json", ...args]);

  const dry = await claim("--dry-run");
  const untouched = await place.counts(flow);
  const once = await claim("--batch-size", "4");
  const limited = await claim("--drain", "--batch-size", "4", "--limit", "6", "--concurrency", "3");
  const paced = await claim("--drain", "--rate", "1000", "--limit", "5");
  const drained = await claim("--drain", "--batch-size", "10");
  const empty = await claim("--drain");

  assertEquals(dry.json(), {
    flow_name: flow,
    pending_records: 30,
    due_records: 30,
    scheduled_records: 0,
    dry_run: true,
  });
  assertEquals(untouched, { pending: 30 });
  assertEquals(Object.keys(Object(once.json())), [
    "flow_name",
    "claimed",
    "completed",
    "failed",
    "lost",
    "batches",
    "duration_ms",
    "records_per_second",
  ]);
  const wanted = [[once, 4, 1], [limited, 6, 2], [paced, 5, 1], [drained, 15, 2], [
    empty,
    0,
    0,
  ]] as const;
  for (const [{ code, stderr, json }, count, batches] of wanted) {
    assertEquals([code, stderr], [0, ""]);
    assertEquals(summary(json()), {
      flow_name: flow,
      claimed: count,
      completed: count,
      failed: 0,
      lost: 0,
      batches,
    });
  }
  assertEquals(await place.counts(flow), { completed: 30 });
  const [row] = await place.database.sql`
    select result, payload from processing_queue where payload->>'n' = '17'`;
  assertEquals({ ...row }, { result: { n: 17 }, payload: { n: 17 } });
});

Deno.test("claim-batch goes on after a failed record, says where the reasons are, and exits 1", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", oddFailsHandler);
  await place.fill(flow, 6);

  const { code, stdout } = await place.claim(["--flow", flow, "--handler", "handler.ts"]);

  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^survey_processor: 6 claimed in 1 batch, 3 completed, 3 failed in .*\/s\)\nReasons: queue failed --flow survey_processor\n$/,
  );
  assertEquals(await place.reasons(flow), { 1: "odd 1", 3: "odd 3", 5: "odd 5" });
});

Deno.test("claim-batch --auto-retry tries again with growing waits until MAX_RETRIES", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", oddFailsHandler);
  await place.fill(flow, 2);
  await using worker = place.startClaim(
    ["--flow", flow, "--handler", "handler.ts", "--watch", "--retry-delay", "10ms", "--json"],
    {
      env: {
        DEVELOPMENT_SURVEY_PROCESSOR_AUTO_RETRY: "yes",
        DEVELOPMENT_DISTRIBUTED_PROCESSOR_MAX_RETRIES: "2",
      },
    },
  );

  await waitFor(async () => (await place.counts(flow))["failed"], { what: "the failed record" });
  worker.kill("SIGTERM");
  const { code, json } = await worker.result;

  assertEquals(code, 143);
  assertEquals(summary(json()), {
    flow_name: flow,
    claimed: 3,
    completed: 1,
    failed: 2,
    lost: 0,
    batches: 2,
  });
  const [row] = await place.database.sql`
    select retry_count, run_at > created_at as waited from processing_queue
    where status = 'failed'`;
  assertEquals({ ...row }, { retry_count: 2, waited: true });
});

Deno.test("claim-batch --watch is woken by queue add, and by queue reset", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", oddFailsHandler);
  await using worker = place.startClaim(["--flow", flow, "--handler", "handler.ts", "--watch"]);
  const listening = async () => {
    const rows = await place.database.sql`
      select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`;
    return rows.length > 0;
  };
  await waitFor(listening, { what: "the worker to listen" });

  const added = await place.queue(["add", "--flow", flow], { stdin: '{"n":1}\n{"n":2}\n' });
  await waitFor(async () => (await place.counts(flow))["completed"] === 1, { what: "record 2" });
  await waitFor(async () => (await place.counts(flow))["failed"] === 1, { what: "record 1" });
  await place.queue(["reset", "--flow", flow]);
  await waitFor(async () => {
    const rows = await place.database.sql`
      select 1 from processing_queue where status = 'failed' and retry_count = 2`;
    return rows.length > 0;
  }, { what: "the second try of record 1" });
  worker.kill("SIGINT");
  const { code, stdout } = await worker.result;

  assertEquals([added.code, code], [0, 130]);
  assertMatch(stdout, /^survey_processor: 3 claimed in [23] batches, 1 completed, 2 failed/);
});

Deno.test("claim-batch refuses contradictions and bad values before it touches anything", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await place.fill(flow, 1);
  const handler = ["--handler", "handler.ts"];
  const cases: [string[], RegExp][] = [
    [[], /exactly one of --handler and --exec is needed: none is given; see --help/],
    [[...handler, "--exec", "cat"], /exactly one of .*: both are given; see --help/],
    [[...handler, "--once", "--drain"], /--once and --drain at once; choose one; see --help/],
    [[...handler, "--drain", "--watch", "--once"], /--once and --drain and --watch at once/],
    [[...handler, "--batch-size", "0"], /--batch-size .* from 1 to 10000: it is "0"; see/],
    [[...handler, "--batch-size", "ten"], /--batch-size must be a whole number .*: it is "ten"/],
    [[...handler, "--batch-size", "1.5"], /--batch-size must be a whole number .*: it is "1.5"/],
    [[...handler, "--limit", "0"], /--limit must be a whole number of at least 1: it is "0"/],
    [[...handler, "--concurrency", "1001"], /--concurrency .* from 1 to 1000: it is "1001"/],
    [[...handler, "--rate", "-1"], /--rate must be a number of at least 0.001: it is "-1"/],
    [[...handler, "--record-timeout", "5"], /--record-timeout must be a duration such as .*"5"/],
    [[...handler, "--fallback-standard"], /no --file is given; see --help/],
    [["--exec", " "], /--exec as its command is empty/],
  ];

  const results = await Promise.all(
    cases.map(([args]) => place.claim(["--flow", flow, ...args])),
  );
  const unknown = await place.claim(["--flow", "other", ...handler]);

  for (const [at, { code, stdout, stderr }] of results.entries()) {
    const [args, wanted] = cases[at] ?? [[], / /];
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertMatch(stderr, /^Error: [^\n]+\n$/);
    assertMatch(stderr, wanted);
  }
  assertEquals(unknown.code, 1);
  assertStringIncludes(
    unknown.stderr,
    `"other" as it has no records: flows with records are ${flow}`,
  );
  assertEquals(await place.counts(flow), { pending: 1 });
});

Deno.test("claim-batch takes settings from the environment and opsdeck.toml, and names all bad ones", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await place.fill(flow, 9);
  const claim = (args: string[], env: Record<string, string>) =>
    place.claim(["--flow", flow, "--handler", "handler.ts", "--json", ...args], { env });
  const claimed = async (args: string[], env: Record<string, string> = {}) =>
    Object((await claim(args, env)).json()).claimed;
  const byFlow = { DEVELOPMENT_SURVEY_PROCESSOR_DISTRIBUTED_BATCH_SIZE: "1" };
  const byDefault = { DEVELOPMENT_DISTRIBUTED_PROCESSOR_DEFAULT_BATCH_SIZE: "2" };

  const bad = await claim([], {
    DEVELOPMENT_SURVEY_PROCESSOR_DISTRIBUTED_BATCH_SIZE: "ten",
    DEVELOPMENT_DISTRIBUTED_PROCESSOR_MAX_RETRIES: "-1",
    GLOBAL_USE_DISTRIBUTED_PROCESSING: "perhaps",
  });
  const counts = [
    await claimed(["--batch-size", "3"], byFlow),
    await claimed([], { ...byFlow, ...byDefault }),
    await claimed([], byDefault),
  ];
  await place.write("opsdeck.toml", `[development.${flow}]\ndistributed_batch_size = 1\n`);
  counts.push(await claimed([]));
  await place.write("opsdeck.toml", "[development\n");
  const broken = await claim([], {});

  assertEquals(counts, [3, 1, 2, 1]);
  assertEquals([bad.code, broken.code], [2, 2]);
  for (const name of ["DISTRIBUTED_BATCH_SIZE", "MAX_RETRIES", "USE_DISTRIBUTED_PROCESSING"]) {
    assertStringIncludes(bad.stderr, name);
  }
  assertMatch(bad.stderr, /^Error: 3 problems: .*"ten".*"-1".*"perhaps".*\n$/);
  assertMatch(broken.stderr, /^Error: .*"opsdeck.toml" is not valid TOML.*\n$/);
});

Deno.test("claim-batch says why a handler file cannot be used, and claims nothing", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 1);
  await Deno.mkdir(`${place.folder}/inner`);
  const cases: [string, string, number, RegExp][] = [
    ["none.ts", "export const handler = 1;", 1, /no function as its default export; write `export/],
    ["number.ts", "export default 1;", 1, /no function as its default export/],
    ["syntax.ts", "export default (", 1, /Cannot load the handler "syntax.ts": .*SyntaxError/i],
    ["throws.ts", 'throw new Error("at the top");', 1, /"throws.ts": at the top/],
    ["gone.ts", 'export { default } from "./nowhere.ts";', 1, /"gone.ts": .*nowhere\.ts/],
    ["package.ts", 'import "left-pad";', 1, /"package.ts" as it needs packages .*--exec/],
    [
      "inner/above.ts",
      'export { default } from "../none.ts";',
      2,
      /"above.ts" as it imports ".*none.ts", which may not be read; run/,
    ],
  ];
  for (const [name, text] of cases) await place.write(name, text);
  const claim = (name: string, folder = place.folder) =>
    place.claim(["--flow", flow, "--handler", name], { cwd: folder });

  const results = await Promise.all(cases.map(([name]) => {
    const [file = "", folder = ""] = name.split("/").reverse();
    return claim(file, `${place.folder}/${folder}`);
  }));
  const [missing, notFile] = [await claim("missing.ts"), await claim("inner")];

  for (const [at, { code, stderr }] of results.entries()) {
    const [name, , wantedCode, wanted] = cases[at] ?? ["", "", 0, / /];
    assertEquals(code, wantedCode, `${name}: ${stderr}`);
    assertMatch(stderr, wanted);
    assertEquals(stderr.split("\n").length, 2, stderr);
  }
  assertEquals([missing.code, notFile.code], [1, 1]);
  assertStringIncludes(missing.stderr, '"missing.ts" as there is no such file; check the path');
  assertStringIncludes(notFile.stderr, '"inner" as it is no file; check the path');
  assertEquals(await place.counts(flow), { pending: 1 });
});

Deno.test("claim-batch fails a record whose handler gives what JSON cannot hold, and goes on", async () => {
  await using place = await queueSandbox();
  await place.write(
    "handler.ts",
    `const circle = {}; circle.circle = circle;
     const results = [1n, { deep: 2n }, new Map(), circle, "a\\0b", "\\ud800", NaN, () => 1, Symbol(),
       "x".repeat(1_048_577)];
     const errors = ["text", null, new Error("two\\nlines"), new RangeError("")];
     export default ({ payload: { n } }) => {
       if (n <= results.length) return results[n - 1];
       if (n <= results.length + errors.length) throw errors[n - 1 - results.length];
       return n === 15 ? undefined : { at: new Date(0), on: null };
     };`,
  );
  await place.fill(flow, 16);

  const { code, json } = await place.claim(["--flow", flow, "--handler", "handler.ts", "--json"]);

  assertEquals(code, 1);
  assertObjectMatch(Object(json()), { claimed: 16, completed: 2, failed: 14 });
  const reasons = Object.values(await place.reasons(flow));
  const wanted = [
    /cannot hold a bigint$/,
    /cannot hold a bigint in "deep"/,
    /cannot hold a Map/,
    /cannot hold a circle/,
    /NUL/,
    /surrogate/,
    /number NaN/,
    /a function/,
    /a symbol/,
    /1048579 bytes of JSON and the limit is 1048576/,
    /^text$/,
    /^null$/,
    /^two\nlines$/,
    /^RangeError$/,
  ];
  assertEquals(reasons.length, wanted.length);
  for (const [at, pattern] of wanted.entries()) assertMatch(reasons[at] ?? "", pattern);
  const results = await place.database.sql`
    select result from processing_queue where status = 'completed' order by id`;
  assertEquals(results.map((row) => row["result"]), [
    null,
    { at: "1970-01-01T00:00:00.000Z", on: null },
  ]);
});

Deno.test("claim-batch --record-timeout fails a record whose handler hangs, and goes on", async () => {
  await using place = await queueSandbox();
  await place.write(
    "handler.ts",
    `export default ({ payload }, { signal }) => payload.n === 1
       ? new Promise((resolve) => signal.addEventListener("abort", () => console.error("told")))
       : {};`,
  );
  await place.fill(flow, 2);

  const { code, stderr } = await place.claim(
    ["--flow", flow, "--handler", "handler.ts", "--record-timeout", "200ms"],
  );

  assertEquals([code, stderr], [1, "told\n"]);
  assertEquals(await place.reasons(flow), { 1: "It took longer than 200 ms" });
  assertEquals(await place.counts(flow), { completed: 1, failed: 1 });
});

Deno.test("a poison record is failed with the reason once it came back too often, the rest is done", async () => {
  await using place = await queueSandbox();
  await place.write(
    "handler.ts",
    `export default ({ payload }) => { if (payload.n === 2) Deno.exit(77); return {}; };`,
  );
  await place.fill(flow, 5);

  const codes: number[] = [];
  // The third death is the last that MAX_RETRIES allows.
  for (let death = 1; death <= 3; death++) {
    const args = ["--flow", flow, "--handler", "handler.ts", "--drain", "--batch-size", "1"];
    codes.push((await place.claim(args)).code);
    await place.queue(["cleanup", "--timeout-hours", "0"]);
  }
  const last = await place.claim(["--flow", flow, "--handler", "handler.ts", "--drain"]);

  assertEquals([...codes, last.code], [77, 77, 77, 0]);
  assertEquals(await place.counts(flow), { completed: 4, failed: 1 });
  assertMatch(
    (await place.reasons(flow))["2"] ?? "",
    /^Given up after 3 attempts: its worker .*died/,
  );
});

Deno.test("claim-batch --exec refuses a program that it may not run, and prints the line to run", async () => {
  await using place = await queueSandbox();
  await place.fill(flow, 1);

  const { code, stderr } = await place.claim(["--flow", flow, "--exec", "sh -c 'exit 1'"]);
  const line = await place.claim(["--flow", flow, "--exec", "sh x", "--print-permissions"]);

  assertEquals(code, 2);
  assertMatch(
    stderr,
    /^Error: Cannot run "sh" .*; run it as: deno run .*-P=claim-batch .*--allow-run=sh .*claim-batch\.ts'? --flow survey_processor --exec 'sh -c '\\''exit 1'\\'''\n$/,
  );
  assertEquals(line.code, 0);
  assertMatch(line.stdout, /^deno run .* --allow-run=sh .* --exec 'sh x'\n$/);
  assertEquals(await place.counts(flow), { pending: 1 });
});

Deno.test("claim-batch --exec fails the record that a program dies with, garbles or hangs on", async () => {
  await using place = await queueSandbox();
  const allowed = { permissions: ["--allow-run"] };
  await place.write("silent.sh", "exec sleep 600\n");
  await place.write("garbage.sh", "while read -r line; do echo 'no json'; done\n");
  await place.write("other.sh", `while read -r line; do echo '{"id":-1,"result":1}'; done\n`);
  await place.write(
    "dies.sh",
    `while read -r line; do
       case "$line" in *'"n":2'*) echo "out of paper" >&2; exit 3;; esac
       echo '{"result":{"said":"yes"}}'
     done\n`,
  );
  await place.write("always.sh", "echo broken >&2; exit 4\n");
  await place.write("not_executable", "");
  const cases: [string, string[], number, number][] = [
    ["silent", ["--exec", "sh silent.sh", "--record-timeout", "200ms"], 2, 1],
    ["garbage", ["--exec", "sh garbage.sh"], 2, 1],
    ["other", ["--exec", "sh other.sh"], 2, 1],
    ["dies", ["--exec", "sh dies.sh"], 4, 1],
    ["always", ["--exec", "sh always.sh"], 5, 1],
    ["missing", ["--exec", "./missing"], 1, 1],
    ["denied", ["--exec", "./not_executable"], 1, 1],
  ];
  for (const [name, , count] of cases) await place.fill(name, count);

  const results = await Promise.all(
    cases.map(([name, args]) => place.claim(["--flow", name, ...args], allowed)),
  );

  for (const [at, { code, stderr }] of results.entries()) {
    assertEquals(code, cases[at]?.[3], stderr);
  }
  const [, , , , always, missing, denied] = results.map(({ stderr }) => stderr);
  assertEquals(await place.reasons("silent"), {
    1: "It took longer than 200 ms",
    2: "It took longer than 200 ms",
  });
  assertMatch((await place.reasons("garbage"))["1"] ?? "", /answered "no json" where a JSON line/);
  assertMatch((await place.reasons("other"))["2"] ?? "", /answered .*where a JSON line/);
  assertEquals(await place.reasons("dies"), {
    2: "The program gave no answer: it exited with code 3: out of paper",
  });
  assertEquals(await place.counts("dies"), { completed: 3, failed: 1 });
  assertMatch(
    always ?? "",
    /^Error: .*ended 3 times in a row without an answer: it exited with code 4: broken; mend/,
  );
  assertEquals(await place.counts("always"), { pending: 3, failed: 2 });
  assertMatch(
    missing ?? "",
    /^Error: Cannot start ".\/missing" as there is no such program; check/,
  );
  assertMatch(denied ?? "", /^Error: Cannot start ".\/not_executable" as its file may not be exec/);
  assertEquals([await place.counts("missing"), await place.counts("denied")], [
    { pending: 1 },
    { pending: 1 },
  ]);
});

Deno.test({
  name: "claim-batch --exec works with a handler in Python, as many at once as --concurrency",
  ...optionalTool("python3"),
  async fn() {
    await using place = await queueSandbox();
    const path = await place.write(
      "handler.py",
      await Deno.readTextFile(new URL("../fixtures/survey_handler.py", import.meta.url)),
    );
    const records = [9, 8, 3, 11].map((score) =>
      JSON.stringify({ score: String(score), customer_id: "C", email: "E@x" })
    );
    await place.queue(["add", "--flow", flow], { stdin: records.join("\n") });

    const { code, json } = await place.claim(
      ["--flow", flow, "--exec", `python3 '${path}'`, "--drain", "--concurrency", "3", "--json"],
      { permissions: ["--allow-run=python3"] },
    );

    assertEquals(code, 1);
    assertObjectMatch(Object(json()), { claimed: 4, completed: 3, failed: 1 });
    const rows = await place.database.sql`
      select result->>'group' as result, error_message from processing_queue order by id`;
    assertEquals(rows.map((row) => row["result"] ?? row["error_message"]), [
      "promoter",
      "passive",
      "detractor",
      'The score must be from 0 to 10: it is "11"',
    ]);
  },
});

Deno.test("claim-batch processes a file without the queue, and an interrupted run goes on", async () => {
  await using place = await queueSandbox();
  await place.write(
    "handler.ts",
    `export default async ({ payload: { n } }) => {
       console.error("start", n);
       if (n === 5) throw new Error("five");
       while (n === 2 && !(await Deno.stat("open").catch(() => null))) {
         await new Promise((resolve) => setTimeout(resolve, 10));
       }
     };`,
  );
  await place.write("records.ndjson", '{"n":1}\n{"n":2}\n{"n":3}\n{"n":\n{"n":5}\n{"n":3}\n');
  const env = {
    DEVELOPMENT_SURVEY_PROCESSOR_USE_DISTRIBUTED_PROCESSING: "false",
    // Standard processing needs no database at all.
    [connectionVariable]: `postgresql://u:p@127.0.0.1:${absentTarget().port}/x`,
  };
  const args = ["--flow", flow, "--handler", "handler.ts", "--file", "records.ndjson", "--json"];
  await using first = place.startClaim(args, { env });
  await first.waitForLine(/^start 2$/);
  first.kill("SIGINT");
  await first.waitForLine(/^Stopping/);
  await place.write("open", "");
  const stopped = await first.result;
  const second = await place.claim(args, { env });
  const third = await place.claim(args, { env });

  assertEquals(stopped.code, 130);
  assertObjectMatch(Object(stopped.json()), {
    flow_name: flow,
    completed: 2,
    failed: 0,
    skipped: 0,
  });
  assertEquals(second.code, 1);
  assertObjectMatch(Object(second.json()), { completed: 2, failed: 1, skipped: 2, rejected: 1 });
  assertStringIncludes(second.stderr, "start 3\nRejected line 4: not valid JSON");
  assertStringIncludes(second.stderr, "Record 4 failed: five");
  assertObjectMatch(Object(third.json()), { completed: 0, failed: 1, skipped: 4, rejected: 1 });
});

Deno.test("claim-batch without the queue repeats no finished record when a rejected one is mended", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  const env = { DEVELOPMENT_SURVEY_PROCESSOR_USE_DISTRIBUTED_PROCESSING: "false" };
  const args = ["--flow", flow, "--handler", "handler.ts", "--file", "records.ndjson"];

  await place.write("records.ndjson", '{"n":1}\n{"n":2}\n{"n":\n{"n":4}\n');
  const broken = await place.claim(args, { env });
  await place.write("records.ndjson", '{"n":1}\n{"n":2}\n{"n":3}\n{"n":4}\n');
  const mended = await place.claim([...args, "--json"], { env });
  const anew = await place.claim([...args, "--json"], { env });

  assertEquals(broken.code, 1);
  assertMatch(broken.stdout, /3 completed, 0 failed, 1 rejected in .*\nMend the rejected ones and/);
  assertObjectMatch(Object(mended.json()), { completed: 1, skipped: 3, rejected: 0 });
  assertObjectMatch(Object(anew.json()), { completed: 4, skipped: 0 });
});

Deno.test("claim-batch without the queue knows what it did of a file after it did another one", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await place.write("a.ndjson", '{"n":1}\n{"n":2}\n{"n":3}\n');
  await place.write("b.ndjson", '{"n":1}\n{"n":7}\n');
  const env = { DEVELOPMENT_SURVEY_PROCESSOR_USE_DISTRIBUTED_PROCESSING: "false" };
  const run = async (...args: string[]) => {
    const all = ["--flow", flow, "--handler", "handler.ts", "--json", "--file", ...args];
    const { completed, skipped } = Object((await place.claim(all, { env })).json());
    return [completed, skipped];
  };

  assertEquals(await run("a.ndjson", "--limit", "2"), [2, 0]);
  assertEquals(await run("b.ndjson"), [2, 0]);
  assertEquals(await run("./a.ndjson"), [1, 2]);
});

Deno.test("claim-batch without the queue says what it did when it is stopped at its standard input", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await using script = place.startClaimOnStdin(
    ["--flow", flow, "--handler", "handler.ts", "--json"],
    { DEVELOPMENT_SURVEY_PROCESSOR_USE_DISTRIBUTED_PROCESSING: "false" },
  );
  const input = script.stdin.getWriter();
  await input.write(new TextEncoder().encode('{"n":1}\n{"n":2}\n'));
  const journals = `${place.folder}/home/.local/state/opsdeck/standard`;
  const isNoted = async () => {
    const [journal] = await Array.fromAsync(Deno.readDir(journals)).catch(() => []);
    if (journal === undefined) return false;
    const text = await Deno.readTextFile(`${journals}/${journal.name}`);
    return text.split("\n").filter((line) => line.includes("#")).length === 2;
  };
  await waitFor(isNoted, { what: "both records to be noted as done" });

  script.kill("SIGINT");
  const { code, stdout } = await script.output();
  await input.close().catch(() => {});

  assertEquals(code, 130);
  assertObjectMatch(JSON.parse(new TextDecoder().decode(stdout)), { completed: 2, failed: 0 });
});

Deno.test("claim-batch --dry-run tells records that are due from those that are scheduled", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await place.fill(flow, 8);
  await place.database.sql`
    update processing_queue set run_at = '2130-01-01' where (payload->>'n')::int > 2`;

  const { code, stdout } = await place.claim(
    ["--flow", flow, "--handler", "handler.ts", "--dry-run"],
  );

  assertEquals([code, stdout], [
    0,
    `Would work on 2 due records of ${flow}, not on 6 scheduled for later; changed nothing\n`,
  ]);
});

Deno.test("claim-batch keeps its own records however short CLEANUP_TIMEOUT_HOURS is", async () => {
  await using place = await queueSandbox();
  await place.write(
    "handler.ts",
    `export default async () => {
       while (!(await Deno.stat("open").catch(() => null))) {
         await new Promise((resolve) => setTimeout(resolve, 10));
       }
     };`,
  );
  await place.fill(flow, 1);
  await using worker = place.startClaim(
    ["--flow", flow, "--handler", "handler.ts", "--json"],
    { env: { DEVELOPMENT_DISTRIBUTED_PROCESSOR_CLEANUP_TIMEOUT_HOURS: "0.001" } },
  );

  await waitFor(
    async () => {
      const rows = await place.database.sql`
        select 1 from processing_queue where heartbeat_at > claimed_at`;
      return rows.length > 0;
    },
    { what: "a sign of life" },
  );
  await place.write("open", "");

  assertObjectMatch(Object((await worker.result).json()), { completed: 1, lost: 0 });
});

Deno.test("claim-batch --grace says that the records were given back", async () => {
  await using place = await queueSandbox();
  await place.write(
    "handler.ts",
    `export default () => { console.error("started"); return new Promise(() => {}); };`,
  );
  await place.fill(flow, 2);
  await using worker = place.startClaim(
    ["--flow", flow, "--handler", "handler.ts", "--grace", "50ms"],
  );
  await worker.waitForLine(/^started$/);

  worker.kill("SIGINT");
  const { code, stdout } = await worker.result;

  assertEquals([code, stdout], [
    130,
    `${flow}: nothing done, all that was claimed is given back\n`,
  ]);
  assertEquals(await place.counts(flow), { pending: 2 });
});

Deno.test("claim-batch --fallback-standard goes on without a database that is down", async () => {
  await using place = await queueSandbox();
  await place.write("handler.ts", okHandler);
  await place.write("records.csv", "n\n1\n2\n");
  const args = ["--flow", flow, "--handler", "handler.ts"];
  const env = { [connectionVariable]: `postgresql://u:p@127.0.0.1:${absentTarget().port}/x` };

  const [without, withIt, wrong] = await Promise.all([
    place.claim(args, { env }),
    place.claim([...args, "--fallback-standard", "--file", "records.csv"], { env }),
    place.claim([...args, "--fallback-standard", "--file", "records.csv"], {
      env: { [connectionVariable]: place.database.url.replace("/test_", "/wrong_") },
    }),
  ]);

  assertEquals([without.code, without.stdout], [4, ""]);
  assertMatch(without.stderr, /^Error: Cannot start .*; check that the server is up.*\n$/);
  assertEquals(withIt.code, 0);
  assertStringIncludes(withIt.stderr, "going on without the queue");
  assertStringIncludes(withIt.stdout, `${flow}, without the queue: 2 completed, 0 failed`);
  // A wrong name is a mistake to mend, and not a database that is down.
  assertEquals([wrong.code, wrong.stdout], [2, ""]);
  assert(!wrong.stderr.includes("without the queue"));
});
