import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import fc from "fast-check";
import { OpsdeckError, ValidationError } from "../../lib/core/mod.ts";
import { archiveRecords, checkFlowIsKnown, readArchiveCounts } from "../../lib/queue/mod.ts";
import { type TestQueue, testQueue } from "../support/queue_database.ts";
import { runScript, startScript } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";

const dayMs = 86_400_000;

interface Kind {
  flow?: string;
  status?: "pending" | "processing" | "completed" | "failed";
  days?: number;
  count?: number;
}

/** Puts records into the queue that ended (or were added) that many days ago. */
async function put(queue: TestQueue, kind: Kind): Promise<void> {
  const { flow = "f", status = "completed", days = 0, count = 1 } = kind;
  const interval = `${days} days`;
  await queue.database.sql`
    insert into processing_queue
      (flow_name, payload, status, flow_instance_id, claimed_at, completed_at, result,
       retry_count, orphan_count, created_at, updated_at)
    select ${flow}, jsonb_build_object('n', n, 'exact', 12345678901234567890), ${status}, 'h-1:1',
      case when ${status} = 'pending' then null else now() - ${interval}::interval end,
      case when ${status} = 'completed' then now() - ${interval}::interval end,
      '{"ok": true}', 3, 1, now() - ${interval}::interval, now() - ${interval}::interval
    from generate_series(1, ${count}) n`;
}

async function ids(queue: TestQueue, table: string): Promise<number[]> {
  const { sql } = queue.database;
  const rows = await sql<{ id: string }[]>`select id from ${sql(table)} order by id`;
  return rows.map((row) => Number(row.id));
}

/** The counters must be what the tables say. */
async function checkCounts(queue: TestQueue): Promise<void> {
  const { sql } = queue.database;
  const real = await sql<{ flow_name: string; status: string; records: number }[]>`
    select flow_name, status, count(*)::int as records
    from processing_queue_archive
    group by flow_name, status
    order by flow_name, status`;
  const counted = (await readArchiveCounts(queue.manager))
    .filter((count) => count.records > 0)
    .map(({ flow_name, status, records }) => ({ flow_name, status, records }));
  assertEquals(counted, real.map((row) => ({ ...row })) as typeof counted);
}

async function readExport(path: string): Promise<{ id: number; flow_name: string }[]> {
  const text = await Deno.readTextFile(path);
  assert(text.endsWith("\n"), "the last line is whole");
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function scriptEnv(queue: TestQueue): Record<string, string> {
  return {
    ENVIRONMENT: "test",
    TEST_GLOBAL_RPA_DB_CONNECTION_STRING: queue.database.url,
  };
}

Deno.test("archiveRecords() moves what is finished and old, whole, and nothing else", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40, count: 3 });
  await put(queue, { days: 40, status: "failed", count: 2 });
  await put(queue, { days: 40, status: "pending" });
  await put(queue, { days: 40, status: "processing" });
  await put(queue, { days: 20 });
  const { sql } = queue.database;
  const columns = sql`select to_jsonb(t) - 'archived_at' as record`;
  const before = await sql`${columns} from processing_queue t where id <= 5 order by id`;

  const report = await archiveRecords(queue.manager, { olderThanMs: 30 * dayMs });

  assertEquals(report, {
    archived: 5,
    exported: 0,
    purged: 0,
    flow_name: null,
    older_than_ms: 30 * dayMs,
    dry_run: false,
    batches: 1,
  });
  assertEquals(await ids(queue, "processing_queue"), [6, 7, 8]);
  const after = await sql`${columns} from processing_queue_archive t order by id`;
  assertEquals([...after], [...before]);
  assertEquals(await readArchiveCounts(queue.manager), [
    { flow_name: "f", status: "completed", records: 3, purged: 0, retries: 9, orphaned: 3 },
    { flow_name: "f", status: "failed", records: 2, purged: 0, retries: 6, orphaned: 2 },
  ]);
  const again = await archiveRecords(queue.manager, { olderThanMs: 30 * dayMs });
  assertEquals([again.archived, again.batches], [0, 0]);
});

Deno.test("archiveRecords() keeps to its flow and status, in batches of its size", async () => {
  await using queue = await testQueue();
  await put(queue, { flow: "a", days: 40, count: 25 });
  await put(queue, { flow: "a", days: 40, status: "failed", count: 4 });
  await put(queue, { flow: "b", days: 40, count: 5 });
  const batches: number[] = [];

  const report = await archiveRecords(queue.manager, {
    olderThanMs: 30 * dayMs,
    flowName: "a",
    status: "completed",
    batchSize: 10,
    onProgress: (count) => batches.push(count),
  });

  assertEquals([report.archived, report.batches, report.flow_name], [25, 3, "a"]);
  assertEquals(batches, [10, 10, 5]);
  assertEquals((await ids(queue, "processing_queue")).length, 9);
  await checkCounts(queue);
});

Deno.test("archiveRecords() finds every old record, however they lie between the others", async () => {
  await using queue = await testQueue();
  const { sql } = queue.database;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("old", "new", "pending", "gone"), { maxLength: 150 }),
      fc.integer({ min: 1, max: 12 }),
      async (kinds, batchSize) => {
        await sql`truncate processing_queue, processing_queue_archive,
          processing_queue_archive_counts`;
        const rows = kinds.map((kind) => ({ kind }));
        await sql`
          insert into processing_queue (flow_name, payload, status, completed_at)
          select 'f', jsonb_build_object('kind', kind),
            case when kind = 'pending' then 'pending' else 'completed' end,
            now() - case when kind = 'old' then interval '2 days' else interval '0' end
          from jsonb_to_recordset(${sql.json(rows)}) as row (kind text)`;
        await sql`delete from processing_queue where payload->>'kind' = 'gone'`;

        const report = await archiveRecords(queue.manager, { olderThanMs: dayMs, batchSize });

        const wanted = kinds.filter((kind) => kind === "old").length;
        assertEquals(report.archived, wanted);
        const [left] = await sql<{ count: number }[]>`
          select count(*)::int as count from processing_queue where payload->>'kind' = 'old'`;
        assertEquals(left?.count, 0);
        assertEquals((await ids(queue, "processing_queue_archive")).length, wanted);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("archiveRecords() passes over a record that another session has locked", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40, count: 3 });

  const report = await queue.database.sql.begin(async (session) => {
    await session`select id from processing_queue where id = 2 for update`;
    return await archiveRecords(queue.manager, { olderThanMs: dayMs });
  });

  assertEquals(report.archived, 2);
  assertEquals(await ids(queue, "processing_queue"), [2]);
});

Deno.test("archiveRecords() loses and doubles nothing when two run at once", async () => {
  await using queue = await testQueue();
  for (const flow of ["a", "b", "c"]) await put(queue, { flow, days: 40, count: 200 });
  const run = () => archiveRecords(queue.manager, { olderThanMs: dayMs, batchSize: 20 });

  const [one, other] = await Promise.all([run(), run()]);

  const late = await run();
  assertEquals(one.archived + other.archived + late.archived, 600);
  assertEquals((await ids(queue, "processing_queue_archive")).length, 600);
  await checkCounts(queue);
});

Deno.test("archiveRecords() ends after the batch in hand when stopped, and goes on later", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40, count: 50 });
  const controller = new AbortController();
  const options = { olderThanMs: dayMs, batchSize: 10 };

  const stopped = await archiveRecords(queue.manager, {
    ...options,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  const rest = await archiveRecords(queue.manager, options);

  assertEquals([stopped.archived, rest.archived], [10, 40]);
  await checkCounts(queue);
});

Deno.test("archiveRecords() writes records to the file as they are, digits and all", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("archive");
  await put(queue, { days: 40, count: 30 });
  const exportPath = join(folder.path, "old.ndjson");

  const report = await archiveRecords(queue.manager, {
    olderThanMs: dayMs,
    exportPath,
    batchSize: 7,
  });

  assertEquals([report.archived, report.exported], [30, 30]);
  const text = await Deno.readTextFile(exportPath);
  const lines = text.trimEnd().split("\n");
  assertEquals(lines.length, 30);
  assertMatch(lines[0] ?? "", /^\{"id":1,"flow_name":"f","status":"completed","payload":\{/);
  assert(text.includes("12345678901234567890"));
  assertMatch(lines[0] ?? "", /"completed_at":"[^"]+\+00:00"/);
});

Deno.test("archiveRecords() writes no line twice after a run whose batch was never taken", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("archive");
  await put(queue, { days: 40, count: 700 });
  const { sql } = queue.database;
  const exportPath = join(folder.path, "old.ndjson");
  const options = { olderThanMs: dayMs, exportPath };
  // The batch is written, then its move fails: what a killed run leaves, with a torn line after it.
  await archiveRecords(queue.manager, { ...options, batchSize: 40, ...stopAfterFirst() });
  await sql`alter table processing_queue_archive add constraint broken check (id <= 40)`;
  await assertRejects(
    () => archiveRecords(queue.manager, { ...options, batchSize: 620 }),
    OpsdeckError,
  );
  assertEquals((await ids(queue, "processing_queue_archive")).length, 40);
  assertEquals((await readExport(exportPath)).length, 660);
  await Deno.writeTextFile(exportPath, '{"id":700,"flow_na', { append: true });
  await sql`alter table processing_queue_archive drop constraint broken`;

  const report = await archiveRecords(queue.manager, { ...options, batchSize: 50 });

  assertEquals([report.archived, report.exported], [660, 660]);
  const written = (await readExport(exportPath)).map((record) => record.id);
  assertEquals(written, Array.from({ length: 700 }, (_, index) => index + 1));
});

function stopAfterFirst() {
  const controller = new AbortController();
  return { signal: controller.signal, onProgress: () => controller.abort() };
}

Deno.test("archiveRecords() writes a record anew that changed since its line was written", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("archive");
  await put(queue, { days: 40, status: "failed", count: 2 });
  const { sql } = queue.database;
  const exportPath = join(folder.path, "old.ndjson");
  await sql`alter table processing_queue_archive add constraint broken check (id < 0)`;
  await assertRejects(
    () => archiveRecords(queue.manager, { olderThanMs: dayMs, exportPath }),
    OpsdeckError,
  );
  await sql`alter table processing_queue_archive drop constraint broken`;
  await sql`update processing_queue set error_message = 'later' where id = 2`;

  await archiveRecords(queue.manager, { olderThanMs: dayMs, exportPath });

  assertEquals((await readExport(exportPath)).map((record) => record.id), [1, 2, 2]);
  assert((await Deno.readTextFile(exportPath)).trimEnd().split("\n").at(-1)?.includes("later"));
});

Deno.test("archiveRecords() leaves a file alone that holds something else", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("archive");
  await put(queue, { days: 40 });
  const exportPath = join(folder.path, "mine.txt");

  for (
    const text of ["my notes\n", "my notes", '{"id":1}\n', '{"id":"x","flow_name":"f"}\n', "\n"]
  ) {
    await Deno.writeTextFile(exportPath, text);
    await assertRejects(
      () => archiveRecords(queue.manager, { olderThanMs: dayMs, exportPath }),
      ValidationError,
      "name another file",
    );
    assertEquals(await Deno.readTextFile(exportPath), text);
  }
  assertEquals(await ids(queue, "processing_queue"), [1]);
});

Deno.test("archiveRecords() with purge deletes from the archive only, and counters stay", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 400, count: 4 });
  await put(queue, { days: 40, count: 3 });
  await archiveRecords(queue.manager, { olderThanMs: 30 * dayMs });
  await put(queue, { days: 400, count: 2 });

  const report = await archiveRecords(queue.manager, { olderThanMs: 365 * dayMs, purge: true });

  assertEquals([report.archived, report.purged], [0, 4]);
  assertEquals((await ids(queue, "processing_queue")).length, 2);
  assertEquals(await readArchiveCounts(queue.manager, "f"), [
    { flow_name: "f", status: "completed", records: 3, purged: 4, retries: 21, orphaned: 7 },
  ]);
  await checkCounts(queue);
});

Deno.test("checkFlowIsKnown() knows a flow whose records are all archived, and no other", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40 });
  await archiveRecords(queue.manager, { olderThanMs: 30 * dayMs });
  const unknown = () =>
    assertRejects(() => checkFlowIsKnown(queue.manager, "typo"), ValidationError, '"typo"');

  await checkFlowIsKnown(queue.manager, "f");
  await unknown();
  await queue.database.sql`drop table processing_queue_archive, processing_queue_archive_counts`;
  await unknown();
});

Deno.test("archiveRecords() refuses what makes no sense, and changes nothing", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40 });

  for (const olderThanMs of [-1, NaN, Infinity, 1e15]) {
    await assertRejects(() => archiveRecords(queue.manager, { olderThanMs }), ValidationError);
  }
  for (const batchSize of [0, 1.5, 10_001]) {
    await assertRejects(
      () => archiveRecords(queue.manager, { olderThanMs: 0, batchSize }),
      ValidationError,
    );
  }
  await assertRejects(
    () => archiveRecords(queue.manager, { olderThanMs: 0, flowName: "nope" }),
    ValidationError,
    "nope",
  );

  assertEquals(await ids(queue, "processing_queue"), [1]);
});

Deno.test("queue archive refuses a missing or bad age and an unasked purge", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40 });
  const env = scriptEnv(queue);

  for (
    const [args, reason] of [
      [[], /--older-than DURATION is required/],
      [["--older-than", "soon"], /it is "soon"/],
      [["--older-than", "-1d"], /it is "-1d"|needs a value/],
      [["--older-than=-1d"], /it is "-1d"/],
      [["--older-than", "1d", "--purge"], /without --yes/],
      [["--older-than", "1d", "--flow", "nope"], /"nope"/],
      [["--older-than", "99999999d"], /100 years/],
    ] as const
  ) {
    const { code, stderr, stdout } = await runScript("queue", ["archive", ...args], { env });
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, reason);
  }

  assertEquals(await ids(queue, "processing_queue"), [1]);
});

Deno.test("queue archive --export prints the line to run when it may not write", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("archive");
  await put(queue, { days: 40, count: 3 });
  const env = scriptEnv(queue);
  const path = join(folder.path, "old.ndjson");
  const args = ["archive", "--older-than", "30d", "--export", "old.ndjson", "--json"];
  const run = { env, cwd: folder.path };

  const refused = await runScript("queue", args, run);
  const dry = await runScript("queue", [...args, "--dry-run"], run);
  const done = await runScript("queue", args, { ...run, permissions: [`--allow-write=${path}`] });

  assertEquals(refused.code, 2);
  assert(refused.stderr.includes(`--allow-write=${path}`), refused.stderr);
  const report = {
    archived: 3,
    exported: 3,
    purged: 0,
    flow_name: null,
    older_than_ms: 30 * dayMs,
  };
  assertEquals(dry.json(), { ...report, dry_run: true, batches: 0 });
  assertEquals(done.json(), { ...report, dry_run: false, batches: 1 });
  assertEquals((await readExport(path)).length, 3);
  const status = await runScript("queue", ["status", "--flow", "f", "--archived", "--json"], {
    env,
  });
  assertEquals((status.json() as { archived: unknown }).archived, [
    { flow_name: "f", status: "completed", records: 3, purged: 0, retries: 9, orphaned: 3 },
  ]);
});

Deno.test("queue archive --export survives kill -9 anywhere: each record once", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("archive");
  const count = 4000;
  await put(queue, { days: 40, count });
  const env = scriptEnv(queue);
  const path = join(folder.path, "old.ndjson");
  const args = ["archive", "--older-than", "30d", "--export", path, "--batch-size", "50"];
  const permissions = [`--allow-read=${folder.path}`, `--allow-write=${path}`];

  for (const share of [0.1, 0.3, 0.6]) {
    await using script = startScript("queue", args, { env, permissions });
    await waitFor(
      async () => (await ids(queue, "processing_queue_archive")).length > count * share,
      { what: "the run to be in the middle" },
    );
    script.kill("SIGKILL");
    await script.result;
  }
  assert((await ids(queue, "processing_queue")).length > 0, "it was killed before the end");
  const { code } = await runScript("queue", args, { env, permissions });

  assertEquals(code, 0);
  const wanted = Array.from({ length: count }, (_, index) => index + 1);
  assertEquals((await readExport(path)).map((record) => record.id), wanted);
  assertEquals(await ids(queue, "processing_queue_archive"), wanted);
  await checkCounts(queue);
});

Deno.test("queue archive ends between batches on SIGINT, with its report and 130", async () => {
  await using queue = await testQueue();
  await put(queue, { days: 40, count: 3000 });
  const env = scriptEnv(queue);
  const args = ["archive", "--older-than", "30d", "--batch-size", "10", "--json"];

  await using script = startScript("queue", args, { env });
  await waitFor(async () => (await ids(queue, "processing_queue_archive")).length > 0, {
    what: "the first batch",
  });
  script.kill("SIGINT");
  const result = await script.result;

  assertEquals(result.code, 130);
  const { archived } = result.json() as { archived: number };
  assertEquals((await ids(queue, "processing_queue_archive")).length, archived);
  assert(archived < 3000);
});
