/** What the report on the queue holds. */

import type { Finding, QueueHealth } from "./finding.ts";
import type { TimelineSlice } from "./finished_work.ts";
import type { InstanceHold } from "./stuck_records.ts";
import type { TableState } from "./table_state.ts";
import type { WorkDurations } from "./work_durations.ts";

/** Counts of the whole queue. */
export interface QueueCounts {
  /** All records. */
  total_records: number;
  /** Wait to be claimed: due and scheduled ones. */
  pending_records: number;
  /** Could be claimed now. */
  due_records: number;
  /** Wait for their time. */
  scheduled_records: number;
  /** Are held by a claim. */
  processing_records: number;
  /** Are done. */
  completed_records: number;
  /** Failed and wait for someone. */
  failed_records: number;
  /** Have left the table for the archive; not among the total. */
  archived_records: number;
}

/** What one flow is doing. */
export interface FlowMonitoring {
  /** Wait to be claimed: due and scheduled ones. */
  pending: number;
  /** Could be claimed now. */
  due: number;
  /** Wait for their time. */
  scheduled: number;
  /** Are held by a claim. */
  processing: number;
  /** Of these, past the timeout without a sign of life. */
  stuck: number;
  /** Are done. */
  completed: number;
  /** Failed and wait for someone. */
  failed: number;
  /** When the oldest due record was due, ISO 8601; null when nothing is due. */
  oldest_due_at: string | null;
  /** How long ago that is, in seconds. */
  oldest_due_seconds: number | null;
  /** Completed in the last hour. */
  completed_last_hour: number;
  /** Failed in the last hour. */
  failed_last_hour: number;
}

/** What was finished lately. */
export interface RecentActivity {
  /** Whether it is estimated from a sample, as the table has more than 100,000 records. */
  is_estimate: boolean;
  /** Completed in the last hour. */
  completed_last_hour: number;
  /** Failed in the last hour. */
  failed_last_hour: number;
  /** Completed of both, 0 to 100; null when nothing finished. */
  success_rate_percent: number | null;
  /** At the last hour's rate, when the due records will be done, in seconds; null without a rate. */
  backlog_seconds: number | null;
  /** The last 24 hours in slices of one, the oldest first. */
  timeline: TimelineSlice[];
}

/** What `includeDetailedMetrics` adds. */
export interface DetailedMetrics {
  /** Who holds records: by instance and flow, the stuck ones first. */
  instances: InstanceHold[];
  /** How long records waited and took in the last 24 hours; of a large table, from a sample. */
  durations: WorkDurations;
  /** The table's size, dead rows, last vacuum and indexes. */
  table: TableState;
}

/** The report of `distributedQueueMonitoring`. */
export interface MonitoringReport {
  /** When it was made, by the database's clock, ISO 8601. */
  timestamp: string;
  /** How the queue is, and why. */
  queue_health_assessment: {
    /** `unhealthy` with a critical issue, `degraded` with a warning. */
    queue_health: QueueHealth;
    /** What is wrong, the worst first. */
    issues_found: Finding[];
    /** What to run, the most urgent first. */
    recommendations: string[];
  };
  /** Counts of the whole queue, exact. */
  queue_status: QueueCounts;
  /** The same by flow. */
  by_flow: Record<string, FlowMonitoring>;
  /** What was finished in the last hour and the last 24. */
  recent_activity: RecentActivity;
  /** More of it; null unless asked for. */
  detailed_metrics: DetailedMetrics | null;
}
