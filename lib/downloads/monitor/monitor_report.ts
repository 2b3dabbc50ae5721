/** What the monitor's report holds (reference: downloads, generate_report). */

import type { FailedDownload } from "../tracker/mod.ts";
import type { Alert } from "./alerts.ts";
import type { CriticalError, HourOfDownloads } from "./history_records.ts";
import type { Recommendation } from "./recommendations.ts";
import type { DownloadStats, SystemMetrics } from "./system_metrics.ts";

/** The last 24 hours. */
export interface DownloadTrends {
  /** Hour by hour, oldest first; the last one has just begun. */
  hours: HourOfDownloads[];
  /** Downloads that succeeded. */
  completed: number;
  /** Attempts that failed. */
  failed: number;
  /** The share of the attempts that failed, in percent. */
  error_rate: number;
  /** Files that were published. */
  files: number;
  /** Their size, in MiB. */
  size_mb: number;
  /** The failed attempts by the kind of trouble, the commonest first. */
  failures_by_category: { category: string; count: number }[];
  /** By how many the pending downloads have changed since the first hour with a look; null for one. */
  pending_change: number | null;
}

/** The monitor's report. */
export interface MonitorReport {
  /** When it was made: ISO 8601, UTC. */
  timestamp: string;
  /** The CSV. */
  csv_path: string;
  /** The folder of downloads. */
  downloads_dir: string;
  /** `critical` with a critical alert, `warning` with another one, else `healthy`. */
  status: "healthy" | "warning" | "critical";
  /** The present numbers. */
  metrics: SystemMetrics;
  /** What was downloaded, by kind. */
  stats: DownloadStats;
  /** The last 24 hours. */
  trends: DownloadTrends;
  /** The alerts that are raised. */
  alerts: Alert[];
  /** What to do next, the most urgent first. */
  recommendations: Recommendation[];
  /** The critical errors of the last 24 hours; in a detailed report. */
  critical_errors?: CriticalError[];
  /** The downloads that failed, with their history; in a detailed report. */
  failed_downloads?: FailedDownload[];
}
