/**
 * Who keeps the server from removing dead rows: the oldest snapshots of sessions, prepared
 * transactions and replication slots. While one is held, every claim walks past everything that
 * was finished since (PostgreSQL manual, "Routine Vacuuming").
 */

import { formatDuration } from "../../core/command_line/mod.ts";
import type { DatabaseSession } from "../../database/mod.ts";
import type { Finding } from "./finding.ts";
import { roundedOrNull } from "./report_numbers.ts";

/** One who holds a snapshot. */
export interface SnapshotHolder {
  /** What it is. */
  kind: "session" | "prepared_transaction" | "replication_slot";
  /** The session's process on the server, or the slot's; null where there is none. */
  pid: number | null;
  /** The application's name, the prepared transaction's, or the slot's. */
  name: string;
  /** The login; null for a slot. */
  user_name: string | null;
  /** `active`, `idle in transaction`, …; for a slot `active` or `inactive`; null when not shown. */
  state: string | null;
  /** How long its transaction is open, or the slot inactive, in seconds; null when not known. */
  age_seconds: number | null;
  /** How many transactions began since; null when not known. */
  transactions_behind: number | null;
}

// Sessions of other databases keep nothing of this one; vacuum's own snapshot does not count.
const sessionStatement = `
select
  'session' as kind,
  a.pid,
  coalesce(a.application_name, '') as name,
  a.usename::text as user_name,
  a.state,
  date_part('epoch', clock_timestamp() - a.xact_start) as age_seconds,
  age(coalesce(a.backend_xmin, a.backend_xid)) as transactions_behind
from pg_stat_activity a
where a.pid <> pg_backend_pid()
  and a.leader_pid is null
  and (a.backend_xmin is not null or a.backend_xid is not null)
  and (a.datname = current_database() or a.backend_type = 'walsender')
  and a.backend_type is distinct from 'autovacuum worker'
  and not exists (select 1 from pg_stat_progress_vacuum v where v.pid = a.pid)`;

const preparedStatement = `
select
  'prepared_transaction' as kind,
  null::int as pid,
  p.gid as name,
  p.owner::text as user_name,
  'prepared' as state,
  date_part('epoch', clock_timestamp() - p.prepared) as age_seconds,
  age(p.transaction) as transactions_behind
from pg_prepared_xacts p
where p.database = current_database()`;

// "inactive_since" came with PostgreSQL 17.
const slotStatement = `
select
  'replication_slot' as kind,
  s.active_pid as pid,
  s.slot_name::text as name,
  null::text as user_name,
  case when s.active then 'active' else 'inactive' end as state,
  date_part('epoch', clock_timestamp() - (to_jsonb(s) ->> 'inactive_since')::timestamptz)
    as age_seconds,
  age(coalesce(s.xmin, s.catalog_xmin)) as transactions_behind
from pg_replication_slots s
where s.xmin is not null
  or (s.catalog_xmin is not null and s.database = current_database())`;

/** Reads the holders, the oldest first, those of unknown age last. */
export async function readSnapshotHolders(session: DatabaseSession): Promise<SnapshotHolder[]> {
  const rows = await session.query<SnapshotHolder & Record<string, unknown>>(
    [sessionStatement, preparedStatement, slotStatement].join("\nunion all") +
      "\norder by age_seconds desc nulls last, transactions_behind desc nulls last",
  );
  return rows.map((row) => ({ ...row, age_seconds: roundedOrNull(row.age_seconds) }));
}

const criticalAgeMs = 3_600_000;

/** Finds the holders that are as old as the limit or older. */
export function findOldSnapshots(
  holders: readonly SnapshotHolder[],
  snapshotAgeMs: number,
): Finding[] {
  return holders.flatMap((holder): Finding[] => {
    const ageMs = ageOf(holder);
    if (ageMs === null || ageMs < snapshotAgeMs) return [];
    return [{
      severity: ageMs >= criticalAgeMs ? "CRITICAL" : "WARNING",
      code: codes[holder.kind],
      finding: describe(holder, ageMs),
      meaning: "No record finished since then can be vacuumed, and every claim walks past them all",
      command: mendingCommand(holder),
    }];
  });
}

const codes = {
  session: "OLD_SNAPSHOT",
  prepared_transaction: "PREPARED_TRANSACTION",
  replication_slot: "REPLICATION_SLOT",
} as const;

// A slot in use is as old as what stands behind it, which its age in seconds does not tell.
function ageOf({ kind, state, age_seconds }: SnapshotHolder): number | null {
  if (age_seconds !== null) return age_seconds * 1000;
  return kind === "replication_slot" && state === "inactive" ? Infinity : null;
}

function describe(holder: SnapshotHolder, ageMs: number): string {
  const age = Number.isFinite(ageMs) ? formatDuration(ageMs) : "an unknown time";
  if (holder.kind === "prepared_transaction") {
    return `The prepared transaction "${holder.name}" of ${holder.user_name} waits for its commit ` +
      `since ${age}`;
  }
  if (holder.kind === "replication_slot") {
    return `The replication slot "${holder.name}" keeps old rows and is unused since ${age}`;
  }
  return `Process ${holder.pid} ("${holder.name}", ${holder.user_name}, ${holder.state}) holds a ` +
    `snapshot since ${age}`;
}

function mendingCommand(holder: SnapshotHolder): string {
  const name = `'${holder.name.replaceAll("'", "''")}'`;
  if (holder.kind === "prepared_transaction") return `rollback prepared ${name}`;
  if (holder.kind === "replication_slot") return `select pg_drop_replication_slot(${name})`;
  return `select pg_terminate_backend(${holder.pid})`;
}
