import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { TextLineStream } from "@std/streams/text-line-stream";
import { StaleClaimError } from "../../lib/core/mod.ts";
import {
  type ClaimedRecord,
  type DistributedProcessor,
  processRecordWithStatus,
  runWorker,
} from "../../lib/queue/mod.ts";
import { type TestQueue, testQueue } from "../support/queue_database.ts";
import { startScript } from "../support/run_script.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { waitFor } from "../support/wait_for.ts";

const flow = "surveys";

/**
 * Takes the records back while their worker is paused, and has a new owner complete the first and
 * hold the second.
 */
async function takeOver(queue: TestQueue): Promise<{
  owner: DistributedProcessor;
  records: ClaimedRecord[];
}> {
  assertEquals(await queue.processor.cleanupOrphanedRecords(0), 2);
  const owner = queue.another();
  const records = await owner.claimRecordsBatch(flow, 10);
  assertEquals(records.length, 2);
  await owner.markRecordCompleted(records[0]?.id ?? 0, "new owner's");
  return { owner, records };
}

/** Checks that the new owner's work stands as it was, and that it can go on. */
async function assertOwnersWorkStands(
  { database }: TestQueue,
  { owner, records }: Awaited<ReturnType<typeof takeOver>>,
): Promise<void> {
  const claim = records[0]?.flow_instance_id ?? "";
  const row = { retry_count: 1, error_message: null, heartbeat_at: null, flow_instance_id: claim };
  const rows = await database.sql`
    select status, result, retry_count, error_message, heartbeat_at, flow_instance_id
    from processing_queue
    order by id`;
  assertEquals([...rows], [
    { ...row, status: "completed", result: "new owner's" },
    { ...row, status: "processing", result: null },
  ]);
  await owner.markRecordCompleted(records[1]?.id ?? 0, "new owner's, too");
  const [last] = await database.sql`
    select status, result from processing_queue order by id desc limit 1`;
  assertEquals(last, { status: "completed", result: "new owner's, too" });
}

const paths = [
  "markRecordCompleted",
  "markRecordFailed",
  "markRecordFailed with a retry policy",
  "markRecordsCompleted",
  "markRecordsCompleted without results",
  "markRecordsFailed",
  "markRecordsFailed with a retry policy",
  "heartbeat",
  "releaseRecords",
  "processRecordWithStatus",
  "distributedProcessingFlow",
  "runWorker",
];

for (const path of paths) {
  Deno.test(`${path}: a worker paused past its timeout changes nothing and hears of it`, async () => {
    await using queue = await testQueue();
    await queue.processor.addRecordsToQueue(flow, [{ number: 1 }, { number: 2 }]);
    await using worker = startStaleWorker(queue, path);
    assertEquals(await worker.nextLine(), "claimed");

    worker.kill("SIGSTOP");
    await worker.say("go on");
    const taken = await takeOver(queue);
    worker.kill("SIGCONT");

    const ids = taken.records.map((record) => record.id);
    assertEquals(JSON.parse(await worker.nextLine()), { done: [], lost: ids });
    await assertOwnersWorkStands(queue, taken);
  });
}

Deno.test("claim-batch paused past its timeout reports lost records and exits with 1", async () => {
  await using queue = await testQueue();
  await using folder = await temporaryFolder("stale");
  await queue.processor.addRecordsToQueue(flow, [{ number: 1 }, { number: 2 }]);
  await Deno.writeTextFile(join(folder.path, "handler.ts"), waitingHandler);
  await using worker = startScript(
    "claim-batch",
    ["--flow", flow, "--handler", "handler.ts", "--concurrency", "2", "--drain", "--json"],
    {
      cwd: folder.path,
      env: { DEVELOPMENT_GLOBAL_RPA_DB_CONNECTION_STRING: queue.database.url },
      permissions: [`--allow-write=${folder.path}`],
    },
  );
  for (const number of [1, 2]) {
    await waitFor(() => exists(join(folder.path, `started-${number}`)), { what: "the handler" });
  }

  worker.kill("SIGSTOP");
  await Deno.writeTextFile(join(folder.path, "go"), "");
  const taken = await takeOver(queue);
  worker.kill("SIGCONT");

  const { code, stderr, json } = await worker.result;
  const { claimed, completed, failed, lost } = Object(json());
  assertEquals({ claimed, completed, failed, lost }, {
    claimed: 2,
    completed: 0,
    failed: 0,
    lost: 2,
  });
  assertEquals(code, 1, stderr);
  await assertOwnersWorkStands(queue, taken);
});

Deno.test("a processor that claims its own lost record again refuses its old claim", async () => {
  await using queue = await testQueue();
  const { processor } = queue;
  await processor.addRecordsToQueue(flow, [{ number: 1 }]);
  const [old] = await processor.claimRecordsBatch(flow, 1);
  assert(old);
  await processor.cleanupOrphanedRecords(0);
  const [current] = await processor.claimRecordsBatch(flow, 1);
  assertEquals(current?.id, old.id);
  assert(current && current.flow_instance_id !== old.flow_instance_id);

  const { id } = old;
  const stale = { id, flow_instance_id: old.flow_instance_id };
  const none = { ids: [], lost: [id] };
  await assertRejects(() => processor.markRecordCompleted(id, "old", stale), StaleClaimError);
  await assertRejects(() => processor.markRecordFailed(id, "old", stale), StaleClaimError);
  assertEquals(await processor.markRecordsCompleted([{ ...stale, result: "old" }]), none);
  assertEquals(await processor.markRecordsCompleted([stale]), none);
  assertEquals(await processor.markRecordsFailed([{ ...stale, error: "old" }]), none);
  assertEquals(await processor.heartbeat([old]), none);
  assertEquals(await processor.releaseRecords([old]), none);
  await assertRejects(
    () => processRecordWithStatus(old, () => "old", { processor }),
    StaleClaimError,
  );

  assertEquals(await processor.heartbeat(), { ids: [id], lost: [] });
  await processor.markRecordCompleted(id, "current");
  const [row] = await queue.database.sql`select status, result from processing_queue`;
  assertEquals(row, { status: "completed", result: "current" });
});

Deno.test("two workers over one processor keep their claims on a record apart", async () => {
  await using queue = await testQueue();
  const { processor, manager } = queue;
  await processor.addRecordsToQueue(flow, [{ number: 1 }]);
  const started = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const slow = runWorker(processor, manager, flow, {
    async handler() {
      started.resolve();
      await goOn.promise;
      return "slow";
    },
  });
  await started.promise;

  await processor.cleanupOrphanedRecords(0);
  const fastStarted = Promise.withResolvers<void>();
  const fastGoOn = Promise.withResolvers<void>();
  const fast = runWorker(processor, manager, flow, {
    async handler() {
      fastStarted.resolve();
      await fastGoOn.promise;
      return "fast";
    },
  });
  await fastStarted.promise;
  goOn.resolve();
  const { completed: slowCompleted, lost: slowLost } = await slow;
  fastGoOn.resolve();
  const { completed, lost } = await fast;

  assertEquals([slowCompleted, slowLost], [0, 1]);
  assertEquals([completed, lost], [1, 0]);
  const [row] = await queue.database.sql`select status, result from processing_queue`;
  assertEquals(row, { status: "completed", result: "fast" });
});

Deno.test("runWorker() tells a handler to stop when a heartbeat finds its claim lost", async () => {
  await using queue = await testQueue();
  const { processor, manager } = queue;
  await processor.addRecordsToQueue(flow, [{ number: 1 }, { number: 2 }]);
  const started = Promise.withResolvers<void>();
  const working = runWorker(processor, manager, flow, {
    heartbeatMs: 20,
    recordTimeoutMs: 20_000,
    async handler(_record, { signal }) {
      started.resolve();
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason));
      return await promise;
    },
  });
  await started.promise;

  const taken = await takeOver(queue);

  const { completed, failed, lost } = await working;
  assertEquals([completed, failed, lost], [0, 0, 2]);
  await assertOwnersWorkStands(queue, taken);
});

const waitingHandler = `
export default async function handle(record) {
  await Deno.writeTextFile(\`started-\${record.payload.number}\`, "");
  while (!(await Deno.stat("go").catch(() => undefined))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return "stale";
}
`;

interface StaleWorker extends AsyncDisposable {
  nextLine(): Promise<string>;
  say(line: string): Promise<void>;
  kill(signal: Deno.Signal): void;
}

function startStaleWorker({ database }: TestQueue, path: string): StaleWorker {
  const script = join(import.meta.dirname ?? ".", "stale_worker.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "--no-check", script, database.url, flow, path],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())
    .getReader();
  const input = child.stdin.getWriter();
  let ended: Promise<unknown> | undefined;
  return {
    async nextLine() {
      const { value } = await lines.read();
      if (value === undefined) throw new Error(`The worker for ${path} ended without a word`);
      return value;
    },
    say: (line) => input.write(new TextEncoder().encode(`${line}\n`)),
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      ended ??= child.status;
      await input.close().catch(() => {});
      await lines.cancel();
      await ended;
      clearTimeout(timer);
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
