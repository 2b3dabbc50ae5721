/** What an old snapshot, held elsewhere in the database, costs a drain by its last fifth. */

import postgres from "postgres";
import { parseConnectionString } from "../../../lib/database/mod.ts";
import { DistributedProcessor, migrateQueue, openWorkerDatabase } from "../../../lib/queue/mod.ts";
import type { BenchServer } from "./bench_server.ts";
import { rounded } from "./bench_results.ts";
import { familyCpuMs } from "./cpu_time.ts";
import { median, pairedRatio } from "../frame/statistics.ts";
import { samplePayloads } from "./systems/sample_payload.ts";

/** How much is measured. */
export interface SnapshotSizes {
  /** Records of each drain. */
  records: number;
  /** Rounds; in each, a drain without a snapshot and one with it. */
  rounds: number;
  /** Stops between two drains. */
  signal: AbortSignal;
  /** Hears what is measured now. */
  note: (text: string) => void;
}

/** The last fifth of the drains, with and without a snapshot held. */
export interface SnapshotCost {
  /** Records a second without a snapshot. */
  clean_per_second: number;
  /** Records a second with it. */
  held_per_second: number;
  /** The median of the rounds' quotients, held to clean. */
  rate_ratio: number;
  /** The same of the server's CPU time. */
  cpu_ratio: number;
}

/** The least rate, and the most CPU time, that the last fifth may come to under a snapshot. */
export const wantedSnapshotRatios = { rate: 0.7, cpu: 1.15 };

const batchSize = 100;
const flow = "measured";

interface LastFifth {
  perSecond: number;
  cpuMs: number;
}

/** Drains the same number of records with and without a held snapshot, in turn. */
export async function measureSnapshot(
  server: BenchServer,
  { records, rounds, signal, note }: SnapshotSizes,
): Promise<SnapshotCost> {
  const clean: LastFifth[] = [];
  const held: LastFifth[] = [];
  for (let round = 1; round <= rounds; round++) {
    note(`snapshot: round ${round} of ${rounds}`);
    for (const [isHeld, fifths] of [[false, clean], [true, held]] as const) {
      signal.throwIfAborted();
      fifths.push(await drainOnce(server, records, isHeld));
    }
  }
  const rates = (fifths: LastFifth[]) => fifths.map((fifth) => fifth.perSecond);
  const times = (fifths: LastFifth[]) => fifths.map((fifth) => fifth.cpuMs);
  return {
    clean_per_second: Math.round(median(rates(clean))),
    held_per_second: Math.round(median(rates(held))),
    rate_ratio: rounded(pairedRatio(rates(held), rates(clean))),
    cpu_ratio: rounded(pairedRatio(times(held), times(clean))),
  };
}

async function drainOnce(
  server: BenchServer,
  records: number,
  isHeld: boolean,
): Promise<LastFifth> {
  const name = "bench_snapshot";
  const url = await server.createDatabase(name);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => server.dropDatabase(name));
  const target = parseConnectionString(url);
  const database = cleanUp.use(openWorkerDatabase({ target, maxConnections: 1 }));
  await migrateQueue(database, false);
  const processor = new DistributedProcessor(database);
  const payloads = samplePayloads(10_000);
  for (let added = 0; added < records; added += payloads.length) {
    await processor.addRecordsToQueue(flow, payloads.slice(0, records - added));
  }
  await server.settle(url);
  if (!isHeld) return await drain(server, processor, records);

  const holder = postgres(url, { max: 1, onnotice: () => {} });
  cleanUp.defer(() => holder.end({ timeout: 1 }));
  return await holder.begin("isolation level repeatable read", async (transaction) => {
    await transaction`select count(*) from processing_queue`;
    return await drain(server, processor, records);
  });
}

async function drain(
  server: BenchServer,
  processor: DistributedProcessor,
  records: number,
): Promise<LastFifth> {
  let done = 0;
  let startedAt = 0;
  let startedCpuMs = 0;
  let counted = 0;
  let held = await processor.claimRecordsBatch(flow, batchSize);
  while (held.length > 0) {
    if (counted === 0 && done >= records * 0.8) {
      counted = done;
      startedAt = performance.now();
      startedCpuMs = familyCpuMs(server.pid);
    }
    const next = await processor.completeAndClaimBatch(held, flow, batchSize);
    done += next.ids.length;
    held = next.records;
  }
  if (done !== records) throw new Error(`Drained ${done} of ${records} records`);
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    perSecond: (done - counted) / seconds,
    cpuMs: familyCpuMs(server.pid) - startedCpuMs,
  };
}
