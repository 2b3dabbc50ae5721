-- The distributed record queue. PostgreSQL 14 or later.
--
-- Against the reference: bigint identity instead of serial (2^31 records are reached), timestamptz
-- instead of timestamp, a result column beside the payload, and two secondary indexes instead of
-- six: every further index is rewritten by each claim and each completion.

create table processing_queue (
  id bigint generated always as identity primary key,
  flow_name varchar(100) not null,
  payload jsonb not null,
  status varchar(20) not null default 'pending'
    check (status in ('pending', 'processing', 'completed', 'failed')),
  -- Lower runs first; a small range of levels keeps the claim's walk over levels short.
  priority smallint not null default 0
    check (priority between -100 and 100),
  -- Not before this moment. Never null, so that the claim's index can carry it.
  run_at timestamptz not null default now(),
  -- Unique per flow among unfinished records.
  dedupe_key varchar(200),
  -- The claim that holds the record: host, process and claim. Kept when finished, for audit and
  -- so that a completion repeated after a lost answer is known as one's own.
  flow_instance_id varchar(100),
  claimed_at timestamptz,
  -- The last sign of life of a long record; not indexed, so a heartbeat costs one heap update.
  heartbeat_at timestamptz,
  completed_at timestamptz,
  result jsonb,
  error_message text,
  retry_count integer not null default 0,
  -- How often a worker died or went silent with this record, counted apart from handled failures.
  orphan_count integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint processing_queue_claim check (
    status <> 'processing' or (claimed_at is not null and flow_instance_id is not null)
  )
) with (
  -- Every claim and completion leaves a dead row version; a queue must be vacuumed early.
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_vacuum_insert_scale_factor = 0.1,
  autovacuum_analyze_scale_factor = 0.05,
  autovacuum_vacuum_cost_delay = 0
);

-- The claim's order: any number of finished, waiting or scheduled records leaves it as fast.
create index processing_queue_pending
  on processing_queue (flow_name, priority, run_at, id)
  where status = 'pending';

-- For cleanup. "claimed_at is not null" keeps the planner from choosing this index for statements
-- by id that merely say status = 'processing': under an old snapshot they would walk dead entries.
create index processing_queue_processing
  on processing_queue (claimed_at)
  where status = 'processing' and claimed_at is not null;

create unique index processing_queue_dedupe
  on processing_queue (flow_name, dedupe_key)
  where dedupe_key is not null and status in ('pending', 'processing');
