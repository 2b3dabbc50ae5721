/** The statements that keep count of migrations, by dialect. */

import type { Dialect } from "./connection_target.ts";

interface MigrationStatements {
  /** Whether the table is there, as `found`. */
  findTable: string;
  /** Creates the table unless it is there. */
  createTable: string;
  /** Takes the lock until the transaction's end, waiting for it. */
  lock: string;
  /** Reads what is applied of the store `$1`. */
  readApplied: string;
  /** Records the migration of the store `$1`, number `$2`, name `$3`, checksum `$4`. */
  record: string;
}

const readApplied = `
select number, name, checksum
from opsdeck_migrations
where store = $1
order by number`;

const record = `
insert into opsdeck_migrations (store, number, name, checksum)
values ($1, $2, $3, $4)`;

/** The statements for each kind of server. */
export const migrationStatements: Readonly<Record<Dialect, MigrationStatements>> = {
  postgresql: {
    findTable: "select to_regclass('opsdeck_migrations') is not null as found",
    createTable: `
create table if not exists opsdeck_migrations (
  store text not null,
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (store, number)
)`,
    // The number is a hash of the table's name, to meet no other program's lock.
    lock: "select pg_advisory_xact_lock(hashtextextended('opsdeck_migrations', 0))",
    readApplied,
    record,
  },
  sqlserver: {
    findTable:
      "select case when object_id('opsdeck_migrations', 'U') is null then 0 else 1 end as found",
    createTable: `
if object_id('opsdeck_migrations', 'U') is null
create table opsdeck_migrations (
  store nvarchar(100) not null,
  number int not null,
  name nvarchar(200) not null,
  checksum nvarchar(64) not null,
  applied_at datetime2 not null default sysutcdatetime(),
  primary key (store, number)
)`,
    lock: `
declare @result int;
exec @result = sp_getapplock
  @Resource = 'opsdeck_migrations',
  @LockMode = 'Exclusive',
  @LockOwner = 'Transaction',
  @LockTimeout = -1;
if @result < 0 throw 50000, 'the lock opsdeck_migrations was not granted', 1;`,
    readApplied,
    record,
  },
};
