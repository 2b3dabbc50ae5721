/**
 * pg-boss by `insert`, `fetch` and `complete` of whole batches, which is faster than its `work`;
 * its maintenance is off. A partition of its own made no difference.
 */

import { PgBoss } from "pg-boss";
import pg from "pg";
import {
  type Block,
  chunkSizes,
  type DrainRequest,
  type DrainResult,
  enqueueChunk,
  type QueueSystem,
} from "../systems/queue_system.ts";
import { samplePayloads } from "../systems/sample_payload.ts";
import { serveSystem } from "../systems/serve_system.ts";

const measuredQueue = "measured";

const fillRows = `
insert into pgboss.job
  (name, data, state, priority, policy, created_on, start_after, started_on, completed_on)
select
  $1,
  $2::jsonb,
  $3::pgboss.job_state,
  $6,
  'standard',
  moment,
  case when $7 then now() + interval '1 day' else moment end,
  case when $3 = 'completed' then moment end,
  case when $3 = 'completed' then now() end
from (
  select place, now() - interval '1 day' + case when $5 then place else 0 end * interval '1 ms'
  from generate_series(1, $4::int) as place
) as rows (place, moment)
order by place`;

class PgBossSystem implements QueueSystem {
  readonly #boss: PgBoss;
  readonly #sql: pg.Pool;
  readonly #jobs = samplePayloads(enqueueChunk).map((data) => ({ data }));

  constructor(boss: PgBoss, sql: pg.Pool) {
    this.#boss = boss;
    this.#sql = sql;
  }

  async empty(): Promise<void> {
    await this.#sql.query("truncate pgboss.job");
  }

  async enqueue(records: number): Promise<void> {
    for (const size of chunkSizes(records)) {
      await this.#boss.insert(measuredQueue, this.#jobs.slice(0, size));
    }
  }

  async drain({ batchSize, loops }: DrainRequest): Promise<DrainResult> {
    const finished = await Promise.all(
      Array.from({ length: loops }, () => this.#drainLoop(batchSize)),
    );
    return { records: finished.reduce((sum, records) => sum + records, 0), startMs: 0 };
  }

  async fill(block: Block): Promise<void> {
    await this.#sql.query(fillRows, [
      block.flow,
      JSON.stringify(this.#jobs[0]?.data),
      block.status === "pending" ? "created" : "completed",
      block.records,
      block.due === "in turn",
      // In pg-boss the higher number runs first.
      block.urgent ? 10 : 0,
      block.due === "tomorrow",
    ]);
  }

  async claim(batchSize: number): Promise<number> {
    return (await this.#boss.fetch(measuredQueue, { batchSize })).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#boss.stop({ graceful: false });
    await this.#sql.end();
  }

  async #drainLoop(batchSize: number): Promise<number> {
    let finished = 0;
    while (true) {
      const jobs = await this.#boss.fetch(measuredQueue, { batchSize });
      if (jobs.length === 0) return finished;
      const ids = jobs.map((job) => job.id);
      await this.#boss.complete(measuredQueue, ids);
      finished += ids.length;
    }
  }
}

await serveSystem(async (url) => {
  const boss = new PgBoss({ connectionString: url, max: 4, supervise: false, schedule: false });
  boss.on("error", (error: Error) => {
    throw error;
  });
  await boss.start();
  for (const name of [measuredQueue, "other"]) await boss.createQueue(name);
  return new PgBossSystem(boss, new pg.Pool({ connectionString: url, max: 1 }));
});
