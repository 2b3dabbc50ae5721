-- What was tried for the rows of one CSV, and how that ended. Times are milliseconds since 1970.
create table attempts (
  id integer primary key,
  ended_at integer not null,
  run_id text not null,
  row_id text not null,
  download_type text not null,
  status text not null,
  duration_seconds real not null,
  files integer not null,
  bytes integer not null,
  error_category text,
  error_severity text,
  error_code text,
  error_message text
) strict;
create index attempts_by_time on attempts (ended_at);

-- The numbers of the monitor at some moments.
create table samples (
  taken_at integer primary key,
  pending integer not null,
  completed integer not null,
  failed integer not null,
  disk_usage_gb real not null
) strict;
