/**
 * What is wrong with the queue, its table and its server, what it means, and what mends it
 * (reference: queue, `distributed_processing_diagnostics`).
 */

import type { DatabaseManager, DatabaseSession } from "../../database/mod.ts";
import { findPlanTrouble, readClaimPlan } from "./claim_plan.ts";
import { findHighErrorRates } from "./error_rates.ts";
import { healthOf, recommendationsOf, worstFirst } from "./finding.ts";
import { countByFlow, openTimeWindow, readFinishedWork } from "./finished_work.ts";
import type { DiagnosticsReport } from "./diagnostics_report.ts";
import { findIdle, readIdle, suspectedIdle } from "./idle_flows.ts";
import { chooseRowSample } from "./row_sample.ts";
import { findPoison, readClaimHistory } from "./poison_suspects.ts";
import { type DueRecords, readDue } from "./queue_depth.ts";
import { atOneMoment, type ReportOptions, withReportDatabase } from "./report_database.ts";
import { checkLimit, checkTimeoutHours } from "./report_options.ts";
import {
  type ClockState,
  findClockSkew,
  findFewConnections,
  findMissingRights,
  readClock,
  readConnections,
  readSessionRights,
} from "./server_state.ts";
import { findOldSnapshots, readSnapshotHolders } from "./snapshot_holders.ts";
import { findStuck, readHolds } from "./stuck_records.ts";
import { findTableTrouble, readTableState } from "./table_state.ts";
import { readDurations } from "./work_durations.ts";

/** From where on something is worth a finding. */
export interface DiagnosticLimits {
  /** Hours without a sign of life after which a held record is stuck. Defaults to 1. */
  timeoutHours: number;
  /** Age from which a snapshot is old, in milliseconds. Defaults to 60000; critical from 1 hour. */
  snapshotAgeMs: number;
  /** How long a due record may wait unclaimed, in milliseconds. Defaults to 60000. */
  unclaimedMs: number;
  /** A flow with no claim for this long has no worker, in milliseconds. Defaults to 10 minutes. */
  workerSilenceMs: number;
  /** Dead rows that are too many, if they are more than a fifth of the live ones too. 10000. */
  deadRows: number;
  /** Pages up to which the claim may read the whole table. Defaults to 64 (512 KiB). */
  fewPages: number;
  /** How far the clocks may be apart, in milliseconds. Defaults to 1000. */
  clockSkewMs: number;
}

/** What to look for. */
export interface DiagnosticsOptions extends ReportOptions {
  /** Adds who holds what, and the records that come back again and again. Defaults to false. */
  includeOrphanedAnalysis?: boolean;
  /** Adds the claim's plan, the table, snapshots and durations. Defaults to false. */
  includePerformanceAnalysis?: boolean;
  /** Limits in the place of the defaults. */
  limits?: Partial<DiagnosticLimits>;
  /** This host's clock, in milliseconds since 1970. Defaults to `Date.now`. */
  now?: () => number;
}

const sampledRecords = 3000;

const defaultLimits: DiagnosticLimits = {
  timeoutHours: 1,
  snapshotAgeMs: 60_000,
  unclaimedMs: 60_000,
  workerSilenceMs: 600_000,
  deadRows: 10_000,
  fewPages: 64,
  clockSkewMs: 1000,
};

/**
 * Looks for what slows or stops the queue. Every check is always made; the options add what the
 * checks saw. A healthy queue gives no finding. Takes no lock that a claim waits for.
 *
 * Needs to read the table; what the login may not see besides is an `INFO` finding.
 *
 * @throws ValidationError for a negative limit; DatabaseConnectionError; ConfigurationError when
 * the queue's tables are missing.
 */
export async function distributedProcessingDiagnostics(
  options: DiagnosticsOptions = {},
): Promise<DiagnosticsReport> {
  const limits = checkedLimits(options.limits);
  return await withReportDatabase(options, async (database) => {
    const clock = await readClockApart(database, options);
    return await atOneMoment(
      database,
      options.signal,
      (session) => diagnose(session, limits, clock, options),
    );
  });
}

function checkedLimits(given: Partial<DiagnosticLimits> = {}): DiagnosticLimits {
  const limits = { ...defaultLimits, ...given };
  checkTimeoutHours("diagnose the queue", limits.timeoutHours);
  for (const [name, value] of Object.entries(limits)) {
    checkLimit("diagnose the queue", name, value);
  }
  return limits;
}

// Before the transaction begins, on a connection that is open: what lies between two questions
// would count as distance.
async function readClockApart(
  database: DatabaseManager,
  { signal, now = Date.now }: DiagnosticsOptions,
): Promise<ClockState> {
  await database.query("select 1 as ready", [], { signal });
  return await readClock(database, now);
}

async function diagnose(
  session: DatabaseSession,
  limits: DiagnosticLimits,
  clock: ClockState,
  options: DiagnosticsOptions,
): Promise<DiagnosticsReport> {
  const lastHour = await openTimeWindow(session, 1);
  const sample = await chooseRowSample(session, sampledRecords);
  const server = {
    rights: await readSessionRights(session),
    connections: await readConnections(session),
    holders: await readSnapshotHolders(session),
  };
  const table = await readTableState(session);
  const due = await readDue(session);
  const plan = await readClaimPlan(session, longestWaiting(due));
  const holds = await readHolds(session, before(lastHour.until, limits.timeoutHours * 3_600_000));
  const suspected = suspectedIdle(due, holds, limits.unclaimedMs);
  const history = await readClaimHistory(
    session,
    suspected,
    before(lastHour.until, limits.workerSilenceMs),
  );
  const idle = await readIdle(
    session,
    suspected.filter((name) => !history.recentlyClaimed.has(name)),
    due,
  );
  const finished = await readFinishedWork(session, lastHour, sample);
  const findings = worstFirst([
    ...findIdle(idle),
    ...findPlanTrouble(plan, limits.fewPages),
    ...findOldSnapshots(server.holders, limits.snapshotAgeMs),
    ...findTableTrouble(table, limits.deadRows),
    ...findStuck(holds, limits.timeoutHours),
    ...findPoison(history.suspects),
    ...findHighErrorRates(countByFlow(finished.groups)),
    ...findFewConnections(server.connections),
    ...findClockSkew(clock, limits.clockSkewMs),
    ...findMissingRights(server.rights, plan !== null),
  ]);
  const stuckRecords = holds.reduce((sum, hold) => sum + hold.stuck_records, 0);
  return {
    timestamp: lastHour.until.toISOString(),
    system_health: healthOf(findings),
    issues_found: findings,
    recommendations: recommendationsOf(findings),
    checks: {
      oldest_snapshot: server.holders[0] ?? null,
      dead_rows: table.dead_rows,
      last_vacuum_at: table.last_vacuum_at,
      claim_uses_index: plan?.uses_pending_index ?? null,
      stuck_records: stuckRecords,
      poison_suspects: history.suspects.reduce((sum, flow) => sum + flow.records, 0),
      idle_flows: idle,
      connections: server.connections,
      clock,
    },
    orphaned_analysis: !options.includeOrphanedAnalysis ? null : {
      timeout_hours: limits.timeoutHours,
      stuck_records: stuckRecords,
      instances: holds,
      poison_suspects: history.suspects,
    },
    performance_analysis: !options.includePerformanceAnalysis ? null : {
      claim_plan: plan,
      table,
      snapshot_holders: server.holders,
      durations: await readDurations(session, lastHour.since, sample),
    },
  };
}

function longestWaiting(due: ReadonlyMap<string, DueRecords>): string {
  const [first] = [...due].sort(([, a], [, b]) => b.oldest_due_seconds - a.oldest_due_seconds);
  return first?.[0] ?? "";
}

function before(time: Date, ms: number): Date {
  return new Date(time.getTime() - ms);
}
