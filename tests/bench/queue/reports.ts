/** What the reports cost on a large table, against one count of its statuses. */

import postgres from "postgres";
import { Secret } from "../../../lib/core/mod.ts";
import { type ConnectionTarget, DatabaseManager } from "../../../lib/database/mod.ts";
import {
  distributedProcessingDiagnostics,
  distributedQueueMonitoring,
  migrateQueue,
  processingPerformanceMonitoring,
  type ReportOptions,
} from "../../../lib/queue/mod.ts";
import type { BenchServer } from "./bench_server.ts";
import { rounded } from "./bench_results.ts";
import { median, pairedRatio } from "../frame/statistics.ts";

/** How much is measured. */
export interface ReportSizes {
  /** Records in the table. */
  many: number;
  /** Rounds; in each, the count and every report run once, in turn. */
  rounds: number;
  /** Stops between two reports. */
  signal: AbortSignal;
  /** Hears what is measured now. */
  note: (text: string) => void;
}

/** What one report costs in one state of the table. */
export interface ReportCost {
  /** The report. */
  report: string;
  /** What the table holds. */
  table: string;
  /** Half of the reports took no longer, in milliseconds. */
  p50_ms: number;
  /** The count of statuses beside it: half of them took no longer, in milliseconds. */
  count_p50_ms: number;
  /** The median of the rounds' quotients. */
  ratio: number;
}

/** The most that a report may cost, in counts of statuses. */
export const wantedReportRatio = 1.5;

const countStatement = "select status, count(*) as records from processing_queue group by status";

const reports: Record<string, (options: ReportOptions) => Promise<unknown>> = {
  "monitor": distributedQueueMonitoring,
  "monitor --detailed": (options) =>
    distributedQueueMonitoring({ ...options, includeDetailedMetrics: true }),
  "diagnose": distributedProcessingDiagnostics,
  "diagnose --orphaned --performance": (options) =>
    distributedProcessingDiagnostics({
      ...options,
      includeOrphanedAnalysis: true,
      includePerformanceAnalysis: true,
    }),
  "performance": processingPerformanceMonitoring,
  "performance --hours 1": (options) =>
    processingPerformanceMonitoring({ ...options, timeWindowHours: 1 }),
  "performance --hours 72 --errors": (options) =>
    processingPerformanceMonitoring({
      ...options,
      timeWindowHours: 72,
      includeErrorAnalysis: true,
    }),
};

// Of each hundred records in the mixed table: finished over the last 48 hours, in order.
const mixed = `
case when n % 100 < 87 then 'completed' when n % 100 < 90 then 'failed' else 'pending' end`;

const tables: Record<string, string> = {
  "finished and pending": mixed,
  "pending alone": "'pending'",
  "completed alone": "'completed'",
};

/** Times every report in three states of the table, in a database of its own. */
export async function measureReports(
  server: BenchServer,
  sizes: ReportSizes,
): Promise<ReportCost[]> {
  const name = "bench_reports";
  const url = await server.createDatabase(name);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => server.dropDatabase(name));
  const database = cleanUp.use(new DatabaseManager("rpa_db", { target: targetOf(url) }));
  await migrateQueue(database, false);
  const costs: ReportCost[] = [];
  for (const [table, status] of Object.entries(tables)) {
    sizes.signal.throwIfAborted();
    sizes.note(`reports: loading ${sizes.many} records, ${table}`);
    await fill(url, status, sizes.many);
    await server.settle(url);
    sizes.note(`reports: ${sizes.rounds} rounds of each, ${table}`);
    costs.push(...await timeReports(database, table, sizes));
  }
  return costs;
}

async function timeReports(
  database: DatabaseManager,
  table: string,
  { rounds, signal }: ReportSizes,
): Promise<ReportCost[]> {
  const countMs: number[] = [];
  const reportMs = new Map<string, number[]>();
  for (let round = -1; round < rounds; round++) {
    const counted = await timed(() => database.query(countStatement));
    if (round >= 0) countMs.push(counted);
    for (const [name, make] of Object.entries(reports)) {
      signal.throwIfAborted();
      const ms = await timed(() => make({ database }));
      if (round >= 0) reportMs.set(name, [...reportMs.get(name) ?? [], ms]);
    }
  }
  return [...reportMs].map(([report, ms]) => ({
    report,
    table,
    p50_ms: rounded(median(ms)),
    count_p50_ms: rounded(median(countMs)),
    ratio: rounded(pairedRatio(ms, countMs)),
  }));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function fill(url: string, status: string, many: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`truncate processing_queue`;
    await sql.unsafe(
      `
insert into processing_queue (
  flow_name, payload, status, run_at, flow_instance_id, claimed_at, completed_at, updated_at,
  error_message
)
select
  'flow_' || n % 5,
  jsonb_build_object('survey_id', 'SURV-' || n, 'score', n % 11, 'comment', repeat('x', 80)),
  status,
  ended_at - interval '1 minute',
  case when status <> 'pending' then 'host-12345.abcdef01:' || n / 100 end,
  case when status <> 'pending' then ended_at - interval '2 seconds' end,
  case when status = 'completed' then ended_at end,
  ended_at,
  case when status = 'failed' then 'Cannot reach host 10.0.0.' || n % 255 || ' for SURV-' || n end
from generate_series(1, $1::int) n
cross join lateral (
  select
    ${status} as status,
    now() - ($1::int - n) * (interval '48 hours' / $1::int) as ended_at
) made`,
      [many],
    );
  } finally {
    await sql.end();
  }
}

function targetOf(url: string): ConnectionTarget {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    dialect: "postgresql",
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    username,
    password: new Secret(password),
    tls: { mode: "disable" },
  };
}
