/** The queue's table and its indexes, as the server's own books have them. */

import type { DatabaseSession } from "../../database/mod.ts";
import { formatDuration } from "../../core/command_line/mod.ts";
import type { Finding } from "./finding.ts";
import { isoOrNull, rounded } from "./report_numbers.ts";

/** An index of the queue's table. */
export interface IndexState {
  /** Its name. */
  name: string;
  /** Its size in bytes. */
  size_bytes: number;
  /** Whether the planner may use it; a failed `create index concurrently` leaves one that is not. */
  is_valid: boolean;
  /** How often it was used since the statistics began. */
  scans: number;
}

/** The table behind the queue. */
export interface TableState {
  /** The table's size in bytes, without indexes. */
  table_bytes: number;
  /** The size of all its indexes in bytes. */
  index_bytes: number;
  /** Live rows, as the server estimates them. */
  live_rows: number;
  /** Dead rows that no vacuum has removed yet. */
  dead_rows: number;
  /** Dead rows in percent of all; null for an empty table. */
  dead_percent: number | null;
  /** Whether the server vacuums the table by itself. */
  is_autovacuum_on: boolean;
  /** The last vacuum by hand or by the server, ISO 8601; null when there was none. */
  last_vacuum_at: string | null;
  /** How long ago that is, in seconds. */
  last_vacuum_seconds: number | null;
  /** The last analyze by hand or by the server, ISO 8601; null when there was none. */
  last_analyze_at: string | null;
  /** The indexes, by name. */
  indexes: IndexState[];
}

interface TableRow extends Record<string, unknown> {
  table_bytes: number;
  live_rows: number;
  dead_rows: number;
  is_autovacuum_on: boolean;
  last_vacuum_at: Date | null;
  last_vacuum_seconds: number | null;
  last_analyze_at: Date | null;
}

const tableStatement = `
select
  pg_table_size(c.oid) as table_bytes,
  coalesce(s.n_live_tup, 0) as live_rows,
  coalesce(s.n_dead_tup, 0) as dead_rows,
  current_setting('autovacuum')::bool
    and coalesce(
      (
        select o.option_value::bool
        from pg_options_to_table(c.reloptions) o
        where o.option_name = 'autovacuum_enabled'
      ),
      true
    ) as is_autovacuum_on,
  greatest(s.last_vacuum, s.last_autovacuum) as last_vacuum_at,
  date_part('epoch', now() - greatest(s.last_vacuum, s.last_autovacuum)) as last_vacuum_seconds,
  greatest(s.last_analyze, s.last_autoanalyze) as last_analyze_at
from pg_class c
left join pg_stat_all_tables s on s.relid = c.oid
where c.oid = 'processing_queue'::regclass`;

const indexStatement = `
select
  i.relname::text as name,
  pg_relation_size(i.oid) as size_bytes,
  x.indisvalid and x.indisready as is_valid,
  coalesce(s.idx_scan, 0) as scans
from pg_index x
join pg_class i on i.oid = x.indexrelid
left join pg_stat_all_indexes s on s.indexrelid = i.oid
where x.indrelid = 'processing_queue'::regclass
order by i.relname`;

/** Reads sizes, dead rows, vacuums and indexes. */
export async function readTableState(session: DatabaseSession): Promise<TableState> {
  const indexes = await session.query<IndexState & Record<string, unknown>>(indexStatement);
  const [row] = await session.query<TableRow>(tableStatement);
  const live = row?.live_rows ?? 0;
  const dead = row?.dead_rows ?? 0;
  return {
    table_bytes: row?.table_bytes ?? 0,
    index_bytes: indexes.reduce((sum, index) => sum + index.size_bytes, 0),
    live_rows: live,
    dead_rows: dead,
    dead_percent: live + dead === 0 ? null : rounded((dead / (live + dead)) * 100),
    is_autovacuum_on: row?.is_autovacuum_on ?? true,
    last_vacuum_at: isoOrNull(row?.last_vacuum_at),
    last_vacuum_seconds: row?.last_vacuum_seconds === null || row === undefined
      ? null
      : rounded(Math.max(0, row.last_vacuum_seconds)),
    last_analyze_at: isoOrNull(row?.last_analyze_at),
    indexes,
  };
}

// As schema/queue makes them.
const neededIndexes: Readonly<Record<string, { why: string; statement: string }>> = {
  processing_queue_pkey: {
    why: "Each completion looks through the whole table for its record",
    statement: "alter table processing_queue add primary key (id)",
  },
  processing_queue_pending: {
    why: "Each claim looks through the whole table and sorts what is pending",
    statement: "create index concurrently processing_queue_pending on processing_queue " +
      "(flow_name, priority, run_at, id) where status = 'pending'",
  },
  processing_queue_processing: {
    why: "Each cleanup and report looks through the whole table for what is processing",
    statement: "create index concurrently processing_queue_processing on processing_queue " +
      "(claimed_at) where status = 'processing' and claimed_at is not null",
  },
  processing_queue_dedupe: {
    why: "Records with a dedupe key can be queued twice, and adding them fails",
    statement: "create unique index concurrently processing_queue_dedupe on processing_queue " +
      "(flow_name, dedupe_key) where dedupe_key is not null " +
      "and status in ('pending', 'processing')",
  },
};

/** Finds dead rows that pile up, a vacuum that is off, and indexes that are missing or too many. */
export function findTableTrouble(table: TableState, deadRowLimit: number): Finding[] {
  return [
    ...findDeadRows(table, deadRowLimit),
    ...findAutovacuumOff(table),
    ...findIndexTrouble(table.indexes),
  ];
}

function findDeadRows(table: TableState, deadRowLimit: number): Finding[] {
  const { dead_rows: dead, live_rows: live, last_vacuum_seconds: vacuumed } = table;
  if (dead <= Math.max(deadRowLimit, live * 0.2)) return [];
  const last = vacuumed === null
    ? "no vacuum is known"
    : `the last vacuum was ${formatDuration(vacuumed * 1000)} ago`;
  return [{
    severity: dead > live && dead > 10 * deadRowLimit ? "CRITICAL" : "WARNING",
    code: "DEAD_ROWS",
    finding: `${dead} dead rows beside ${live} live ones, and ${last}`,
    meaning: "Every claim walks past dead rows; vacuum is off, too slow, or held up by a snapshot",
    command: "vacuum (analyze) processing_queue",
  }];
}

function findAutovacuumOff({ is_autovacuum_on }: TableState): Finding[] {
  if (is_autovacuum_on) return [];
  return [{
    severity: "WARNING",
    code: "AUTOVACUUM_OFF",
    finding: "The server does not vacuum the queue's table by itself",
    meaning: "Each claim and completion leaves a dead row, and nothing takes them away",
    command: "alter table processing_queue reset (autovacuum_enabled); " +
      "alter system reset autovacuum; select pg_reload_conf()",
  }];
}

function findIndexTrouble(indexes: readonly IndexState[]): Finding[] {
  const findings: Finding[] = [];
  const byName = new Map(indexes.map((index) => [index.name, index]));
  for (const [name, { why, statement }] of Object.entries(neededIndexes)) {
    const index = byName.get(name);
    if (index === undefined) {
      findings.push({
        severity: "CRITICAL",
        code: "INDEX_MISSING",
        finding: `The index "${name}" is missing`,
        meaning: why,
        command: statement,
      });
    }
  }
  for (const { name, is_valid } of indexes) {
    if (!is_valid) {
      findings.push({
        severity: "CRITICAL",
        code: "INDEX_INVALID",
        finding: `The index "${name}" is invalid`,
        meaning: neededIndexes[name]?.why ?? "Each change pays for it, and no query may use it",
        command: `reindex index concurrently ${quotedName(name)}`,
      });
    } else if (!Object.hasOwn(neededIndexes, name)) {
      findings.push({
        severity: "INFO",
        code: "INDEX_EXTRA",
        finding: `The index "${name}" is not one of the queue's own`,
        meaning: "Each claim and each completion writes it too, which slows every drain",
        command: `drop index concurrently ${quotedName(name)}`,
      });
    }
  }
  return findings;
}

function quotedName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
