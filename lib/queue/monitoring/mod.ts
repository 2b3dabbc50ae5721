/** Watching the queue: how it is, what was done, what is wrong. */

export type { ClaimPlan } from "./claim_plan.ts";
export { diagnosticsText } from "./diagnostics_text.ts";
export {
  type DiagnosticLimits,
  type DiagnosticsOptions,
  distributedProcessingDiagnostics,
} from "./diagnostics.ts";
export type {
  DiagnosticsReport,
  OrphanedAnalysis,
  PerformanceAnalysis,
} from "./diagnostics_report.ts";
export type { ErrorAnalysis, ErrorGroup } from "./error_groups.ts";
export type { Finding, FindingSeverity, QueueHealth } from "./finding.ts";
export type { TimelineSlice } from "./finished_work.ts";
export type { IdleFlow } from "./idle_flows.ts";
export type { PoisonSuspect, SuspectsOfFlow } from "./poison_suspects.ts";
export { monitoringText } from "./monitoring_text.ts";
export { performanceText } from "./performance_text.ts";
export {
  type PerformanceOptions,
  type PerformanceReport,
  processingPerformanceMonitoring,
  type WorkMetrics,
} from "./processing_performance.ts";
export type {
  DetailedMetrics,
  FlowMonitoring,
  MonitoringReport,
  QueueCounts,
  RecentActivity,
} from "./monitoring_report.ts";
export { distributedQueueMonitoring, type MonitoringOptions } from "./queue_monitoring.ts";
export type { ReportOptions } from "./report_database.ts";
export type { ClockState, ConnectionState } from "./server_state.ts";
export type { SnapshotHolder } from "./snapshot_holders.ts";
export type { InstanceHold } from "./stuck_records.ts";
export type { IndexState, TableState } from "./table_state.ts";
export type { WorkDurations } from "./work_durations.ts";
export { watchInterval, type WatchOptions, watchReport } from "./watch_report.ts";
