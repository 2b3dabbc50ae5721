-- Where finished records go when they are old, so that the queue's own table stays small.

create table processing_queue_archive (
  -- The record's own id in processing_queue.
  id bigint primary key,
  flow_name varchar(100) not null,
  payload jsonb not null,
  status varchar(20) not null
    check (status in ('completed', 'failed')),
  priority smallint not null,
  run_at timestamptz not null,
  dedupe_key varchar(200),
  flow_instance_id varchar(100),
  claimed_at timestamptz,
  heartbeat_at timestamptz,
  completed_at timestamptz,
  result jsonb,
  error_message text,
  retry_count integer not null,
  orphan_count integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  archived_at timestamptz not null default now()
);

-- Changed in the transactions that move and purge records, so that reports count a million archived
-- records by reading a few rows. A purge takes nothing from the sums: counters only ever grow.
create table processing_queue_archive_counts (
  flow_name varchar(100) not null,
  status varchar(20) not null
    check (status in ('completed', 'failed')),
  -- Are in the archive now.
  records bigint not null default 0,
  -- Were in it and have been purged.
  purged bigint not null default 0,
  -- The sums of retry_count and orphan_count over both.
  retries bigint not null default 0,
  orphaned bigint not null default 0,
  primary key (flow_name, status)
);
