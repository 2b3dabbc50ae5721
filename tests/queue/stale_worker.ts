/**
 * A worker that can be paused: `stale_worker.ts URL FLOW PATH`. Claims the flow's records, says
 * `claimed`, waits for a line on stdin, then ends its claim through PATH and prints what it heard:
 * `{"done": [ids], "lost": [ids]}`.
 */

import { TextLineStream } from "@std/streams/text-line-stream";
import { StaleClaimError } from "../../lib/core/mod.ts";
import { DatabaseManager, parseConnectionString } from "../../lib/database/mod.ts";
import {
  type BatchOutcome,
  type ClaimedRecord,
  distributedProcessingFlow,
  DistributedProcessor,
  processRecordWithStatus,
  runWorker,
} from "../../lib/queue/mod.ts";

const [url = "", flow = "", path = ""] = Deno.args;
const target = parseConnectionString(url);
await using database = new DatabaseManager("rpa_db", { target });
const processor = new DistributedProcessor(database);

const retry = { maxRetries: 9, initialDelayMs: 1, backoffFactor: 1, maxDelayMs: 1 };
const workerOptions = { batchSize: 10, concurrency: 10, handler: blockedHandler };

const paths: Record<string, () => Promise<BatchOutcome>> = {
  markRecordCompleted: () => oneByOne((id) => processor.markRecordCompleted(id, "stale")),
  markRecordFailed: () => oneByOne((id) => processor.markRecordFailed(id, "stale")),
  "markRecordFailed with a retry policy": () =>
    oneByOne((id) => processor.markRecordFailed(id, "stale", { retry })),
  markRecordsCompleted: async () => {
    const ids = await claimAndWait();
    return await processor.markRecordsCompleted(ids.map((id) => ({ id, result: "stale" })));
  },
  "markRecordsCompleted without results": async () => {
    const ids = await claimAndWait();
    return await processor.markRecordsCompleted(ids.map((id) => ({ id })));
  },
  markRecordsFailed: async () => {
    const ids = await claimAndWait();
    return await processor.markRecordsFailed(ids.map((id) => ({ id, error: "stale" })));
  },
  "markRecordsFailed with a retry policy": async () => {
    const ids = await claimAndWait();
    const failures = ids.map((id) => ({ id, error: "stale" }));
    return await processor.markRecordsFailed(failures, { retry });
  },
  heartbeat: async () => {
    await claimAndWait();
    return await processor.heartbeat();
  },
  releaseRecords: async () => await processor.releaseRecords(await claimAndWait()),
  processRecordWithStatus: async () => {
    const records = await processor.claimRecordsBatch(flow, 10);
    const byId = new Map(records.map((record) => [record.id, record]));
    return await attempt(records.map((record) => record.id), async (id) => {
      const record = byId.get(id);
      if (record) await processRecordWithStatus(record, blockedHandler, { processor });
    });
  },
  distributedProcessingFlow: () =>
    countedAsLost(() => distributedProcessingFlow(flow, 10, { ...workerOptions, database })),
  runWorker: () => countedAsLost(() => runWorker(processor, database, flow, workerOptions)),
};

async function claimAndWait(): Promise<number[]> {
  const records = await processor.claimRecordsBatch(flow, 10);
  await blockedHandler();
  return records.map((record) => record.id);
}

async function oneByOne(end: (id: number) => Promise<void>): Promise<BatchOutcome> {
  return await attempt(await claimAndWait(), end);
}

async function attempt(ids: number[], end: (id: number) => Promise<void>): Promise<BatchOutcome> {
  const outcome: BatchOutcome = { ids: [], lost: [] };
  for (const id of ids) {
    try {
      await end(id);
      outcome.ids.push(id);
    } catch (error) {
      if (!(error instanceof StaleClaimError)) throw error;
      outcome.lost.push(id);
    }
  }
  return outcome;
}

let worked: number[] = [];

async function countedAsLost(
  work: () => Promise<{ lost: number; completed: number }>,
): Promise<BatchOutcome> {
  const { lost, completed } = await work();
  const ids = worked.toSorted((one, other) => one - other);
  if (lost + completed !== ids.length) throw new Error(`${lost} + ${completed} of ${ids.length}`);
  return completed === 0 ? { ids: [], lost: ids } : { ids, lost: [] };
}

let waiting: Promise<void> | undefined;

async function blockedHandler(record?: ClaimedRecord): Promise<string> {
  if (record) worked = [...worked, record.id];
  waiting ??= (async () => {
    await Deno.stdout.write(new TextEncoder().encode("claimed\n"));
    const lines = Deno.stdin.readable
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const _ of lines) break;
  })();
  await waiting;
  return "stale";
}

if (import.meta.main) {
  const { ids, lost } = await paths[path]?.() ?? { ids: [], lost: [] };
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify({ done: ids, lost })}\n`));
}
