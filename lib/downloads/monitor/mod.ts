/** How downloads are: metrics, alerts, trends and what to do next. */

export * from "./active_runs.ts";
export * from "./alerts.ts";
export type { DownloadWishes } from "./command_flags.ts";
export * from "./download_history.ts";
export * from "./download_monitor.ts";
export type * from "./history_records.ts";
export * from "./monitor_html.ts";
export type * from "./monitor_report.ts";
export * from "./monitor_text.ts";
export type { Recommendation } from "./recommendations.ts";
export { downloadsStateFolder, type StatePaths, statePaths } from "./state_paths.ts";
export type { DownloadStats, SystemMetrics } from "./system_metrics.ts";
