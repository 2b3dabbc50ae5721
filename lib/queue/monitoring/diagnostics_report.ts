/** What the report on the queue's troubles holds. */

import type { ClaimPlan } from "./claim_plan.ts";
import type { Finding, QueueHealth } from "./finding.ts";
import type { IdleFlow } from "./idle_flows.ts";
import type { SuspectsOfFlow } from "./poison_suspects.ts";
import type { ClockState, ConnectionState } from "./server_state.ts";
import type { SnapshotHolder } from "./snapshot_holders.ts";
import type { InstanceHold } from "./stuck_records.ts";
import type { TableState } from "./table_state.ts";
import type { WorkDurations } from "./work_durations.ts";

/** What `includeOrphanedAnalysis` adds. */
export interface OrphanedAnalysis {
  /** The timeout that makes a record stuck, in hours. */
  timeout_hours: number;
  /** Records that are stuck now. */
  stuck_records: number;
  /** Who holds records: by instance and flow, the stuck ones first. */
  instances: InstanceHold[];
  /** Records that cleanup took back twice or more, by flow. */
  poison_suspects: SuspectsOfFlow[];
}

/** What `includePerformanceAnalysis` adds. */
export interface PerformanceAnalysis {
  /** How a claim finds its records; null when this login may not claim. */
  claim_plan: ClaimPlan | null;
  /** The table's size, dead rows, last vacuum and indexes. */
  table: TableState;
  /** Everything that holds old rows, the oldest first. */
  snapshot_holders: SnapshotHolder[];
  /** How long records waited and took in the last hour; of a large table, from a sample. */
  durations: WorkDurations;
}

/** The report of `distributedProcessingDiagnostics`. */
export interface DiagnosticsReport {
  /** When it was made, by the database's clock, ISO 8601. */
  timestamp: string;
  /** `unhealthy` with a critical issue, `degraded` with a warning. */
  system_health: QueueHealth;
  /** What is wrong, the worst first; empty when all is well. */
  issues_found: Finding[];
  /** What to run, the most urgent first. */
  recommendations: string[];
  /** What was looked at, whether or not something is wrong with it. */
  checks: {
    /** Who holds the oldest snapshot; null when nobody does. */
    oldest_snapshot: SnapshotHolder | null;
    /** Dead rows in the table that no vacuum has removed yet. */
    dead_rows: number;
    /** The last vacuum, ISO 8601; null when there was none. */
    last_vacuum_at: string | null;
    /** Whether a claim goes by its index; null when this login may not claim. */
    claim_uses_index: boolean | null;
    /** Records past the timeout. */
    stuck_records: number;
    /** Records that cleanup took back twice or more and that are not completed. */
    poison_suspects: number;
    /** Flows whose due records nobody claims. */
    idle_flows: IdleFlow[];
    /** The server's connections. */
    connections: ConnectionState;
    /** How this host's clock goes against the server's. */
    clock: ClockState;
  };
  /** More on orphans; null unless asked for. */
  orphaned_analysis: OrphanedAnalysis | null;
  /** More on performance; null unless asked for. */
  performance_analysis: PerformanceAnalysis | null;
}
