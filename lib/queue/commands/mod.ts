/** What the commands of the script `queue` do and say. */

export { type AddCommandOptions, runAdd } from "./add.ts";
export { type ArchiveCommandOptions, runArchive } from "./archive.ts";
export { type CleanupCommandOptions, runCleanup } from "./cleanup.ts";
export { type DiagnoseCommandOptions, runDiagnose } from "./diagnose.ts";
export { type FailedCommandOptions, runFailed } from "./failed.ts";
export { runHealth } from "./health.ts";
export { runMetrics } from "./metrics.ts";
export { runMigrate } from "./migrate.ts";
export { type MonitorCommandOptions, runMonitor } from "./monitor.ts";
export { type PerformanceCommandOptions, runPerformance } from "./performance.ts";
export { type ResetCommandOptions, runReset } from "./reset.ts";
export { runStatus, type StatusCommandOptions } from "./status.ts";
