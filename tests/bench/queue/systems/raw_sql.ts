/**
 * The ceiling: what hand-written SQL reaches with one table, one partial index and no fence, and
 * with nothing between it and the driver.
 */

import postgres from "postgres";
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

const createTable = `
create table raw_queue (
  id bigint generated always as identity primary key,
  flow_name varchar(100) not null,
  payload jsonb not null,
  status varchar(20) not null default 'pending',
  priority smallint not null default 0,
  run_at timestamptz not null default now(),
  dedupe_key varchar(200),
  flow_instance_id varchar(100),
  claimed_at timestamptz,
  heartbeat_at timestamptz,
  completed_at timestamptz,
  result jsonb,
  error_message text,
  retry_count integer not null default 0,
  orphan_count integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index raw_queue_pending on raw_queue (flow_name, created_at, id) where status = 'pending'`;

const insertRows = `
insert into raw_queue (flow_name, payload)
select $1, payload
from jsonb_array_elements($2::text::jsonb) as added (payload)`;

const claimRows = `
with claimable as materialized (
  select id
  from raw_queue
  where flow_name = $1 and status = 'pending'
  order by created_at, id
  limit $2
  for update skip locked
)
update raw_queue q
set status = 'processing', flow_instance_id = $3, claimed_at = now(), updated_at = now()
from claimable
where q.id = claimable.id
returning q.id, q.payload, q.retry_count`;

const completeRows = `
update raw_queue
set status = 'completed', completed_at = now(), updated_at = now()
where id = any($1::bigint[])`;

const fillRows = `
insert into raw_queue (flow_name, payload, status, created_at, run_at)
select $1, $2::text::jsonb, $3, moment, moment
from (
  select place, now() - interval '1 day' + case when $5 then place else 0 end * interval '1 ms'
  from generate_series(1, $4::int) as place
) as rows (place, moment)
order by place`;

class RawSql implements QueueSystem {
  readonly #sql: postgres.Sql;
  readonly #payloads = samplePayloads(enqueueChunk);
  #claims = 0;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  async empty(): Promise<void> {
    await this.#sql`truncate raw_queue restart identity`;
  }

  async enqueue(records: number): Promise<void> {
    for (const size of chunkSizes(records)) {
      const payloads = JSON.stringify(this.#payloads.slice(0, size));
      await this.#sql.unsafe(insertRows, [measuredFlow, payloads], { prepare: true });
    }
  }

  async drain({ batchSize, loops }: DrainRequest): Promise<DrainResult> {
    const finished = await Promise.all(
      Array.from({ length: loops }, () => this.#drainLoop(batchSize)),
    );
    return { records: finished.reduce((sum, records) => sum + records, 0), startMs: 0 };
  }

  async fill(block: Block): Promise<void> {
    const [payload] = this.#payloads;
    const isInTurn = block.due === "in turn";
    await this.#sql.unsafe(
      fillRows,
      [block.flow, JSON.stringify(payload), block.status, block.records, isInTurn],
    );
  }

  async claim(batchSize: number): Promise<number> {
    return (await this.#claim(batchSize)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  async #drainLoop(batchSize: number): Promise<number> {
    let finished = 0;
    while (true) {
      const rows = await this.#claim(batchSize);
      if (rows.length === 0) return finished;
      const ids = rows.map((row) => row["id"]);
      finished += (await this.#sql.unsafe(completeRows, [ids], { prepare: true })).count;
    }
  }

  #claim(batchSize: number) {
    const claimName = `raw:${++this.#claims}`;
    return this.#sql.unsafe(claimRows, [measuredFlow, batchSize, claimName], { prepare: true });
  }
}

await serveSystem(async (url) => {
  const sql = postgres(url, { max: 4, onnotice: () => {} });
  await sql.unsafe(createTable);
  return new RawSql(sql);
});
