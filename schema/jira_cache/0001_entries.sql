-- The Jira cache, a SQLite file of its own. Times of storing and expiring are Unix milliseconds;
-- touched_at is in microseconds, so that entries of one millisecond keep their order.

create table entry (
  id integer primary key,
  category text not null,
  key text not null,
  scope text not null,
  value text not null,
  size integer not null,
  stored_at integer not null,
  expires_at integer not null,
  touched_at integer not null
) strict;

create unique index entry_key on entry (category, key, scope);
create index entry_touched on entry (touched_at);

-- What would else take a scan of all entries, kept true by the triggers below.
create table total (
  category text primary key,
  entries integer not null default 0,
  bytes integer not null default 0,
  hits integer not null default 0,
  misses integer not null default 0
) strict, without rowid;

create trigger entry_added after insert on entry
begin
  insert into total (category, entries, bytes)
  values (new.category, 1, new.size)
  on conflict (category) do update set
    entries = entries + 1,
    bytes = bytes + excluded.bytes;
end;

create trigger entry_resized after update of size on entry
begin
  update total
  set bytes = bytes - old.size + new.size
  where category = new.category;
end;

create trigger entry_removed after delete on entry
begin
  update total
  set entries = entries - 1, bytes = bytes - old.size
  where category = old.category;
end;
