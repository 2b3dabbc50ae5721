/** opsdeck through its public, fenced interface. */

import { type DatabaseManager, parseConnectionString } from "../../../../lib/database/mod.ts";
import {
  DistributedProcessor,
  migrateQueue,
  openWorkerDatabase,
} from "../../../../lib/queue/mod.ts";
import {
  type Block,
  chunkSizes,
  type DrainRequest,
  type DrainResult,
  enqueueChunk,
  type QueueSystem,
} from "./queue_system.ts";
import { samplePayloads } from "./sample_payload.ts";
import { serveSystem } from "./serve_system.ts";

const measuredFlow = "measured";

const fillRows = `
insert into processing_queue (flow_name, payload, status, priority, created_at, run_at)
select
  $1,
  $2::text::jsonb,
  $3,
  $6,
  moment,
  case when $7 then now() + interval '1 day' else moment end
from (
  select place, now() - interval '1 day' + case when $5 then place else 0 end * interval '1 ms'
  from generate_series(1, $4::int) as place
) as rows (place, moment)
order by place`;

class Opsdeck implements QueueSystem {
  readonly #database: DatabaseManager;
  readonly #processor: DistributedProcessor;
  readonly #payloads = samplePayloads(enqueueChunk);

  constructor(database: DatabaseManager) {
    this.#database = database;
    this.#processor = new DistributedProcessor(database);
  }

  async empty(): Promise<void> {
    await this.#database.query("truncate processing_queue restart identity");
  }

  async enqueue(records: number): Promise<void> {
    for (const size of chunkSizes(records)) {
      await this.#processor.addRecordsToQueue(measuredFlow, this.#payloads.slice(0, size));
    }
  }

  async drain({ batchSize, loops }: DrainRequest): Promise<DrainResult> {
    const finished = await Promise.all(
      Array.from({ length: loops }, () => this.#drainLoop(batchSize)),
    );
    return { records: finished.reduce((sum, records) => sum + records, 0), startMs: 0 };
  }

  async fill(block: Block): Promise<void> {
    await this.#database.query(fillRows, [
      block.flow,
      JSON.stringify(this.#payloads[0]),
      block.status,
      block.records,
      block.due === "in turn",
      block.urgent ? -10 : 0,
      block.due === "tomorrow",
    ]);
  }

  async claim(batchSize: number): Promise<number> {
    return (await this.#processor.claimRecordsBatch(measuredFlow, batchSize)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }

  async #drainLoop(batchSize: number): Promise<number> {
    let finished = 0;
    let records = await this.#processor.claimRecordsBatch(measuredFlow, batchSize);
    while (records.length > 0) {
      const next = await this.#processor.completeAndClaimBatch(records, measuredFlow, batchSize);
      finished += next.ids.length;
      records = next.records;
    }
    return finished;
  }
}

await serveSystem(async (url) => {
  const target = parseConnectionString(url);
  const database = openWorkerDatabase({ target });
  await migrateQueue(database, false);
  return new Opsdeck(database);
});
