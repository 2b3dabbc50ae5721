/** How the downloads of a CSV are, and what to do about it (reference: downloads, Monitoring). */

import { resolveCallerPath } from "../../core/mod.ts";
import { defaultDownloadsDir } from "../download_options.ts";
import {
  chosenTypes,
  type CsvColumns,
  type DownloadCounts,
  type DownloadStatusSummary,
  getDownloadStatusSummary,
  getFailedDownloads,
  missingTrackingColumns,
} from "../tracker/mod.ts";
import { countActiveRuns } from "./active_runs.ts";
import { type Alert, alertsOf, type AlertThresholds, alertThresholdSettings } from "./alerts.ts";
import type { DownloadWishes } from "./command_flags.ts";
import { type FolderMeasure, measureDownloadsFolder } from "./downloads_folder.ts";
import type { DownloadTrends, MonitorReport } from "./monitor_report.ts";
import { OptionalHistory } from "./optional_history.ts";
import { recommendationsFor } from "./recommendations.ts";
import { statePaths } from "./state_paths.ts";
import { type DownloadStats, percentOf, rounded, type SystemMetrics } from "./system_metrics.ts";

/** What a {@link DownloadMonitor} looks at. */
export interface DownloadMonitorOptions {
  /** The CSV. Defaults to `output.csv`. */
  csvPath?: string | undefined;
  /** The names of its columns, where they are not the usual ones. */
  columns?: Partial<CsvColumns> | undefined;
  /** The folder of downloads. Defaults to `youtube_downloads`. */
  downloadsDir?: string | undefined;
  /** The folder of opsdeck's state, where the history is. Defaults to `OPSDECK_HOME`. */
  stateDir?: string | undefined;
  /** When alerts are raised, where it is not as the settings say (`alertThresholdSettings`). */
  thresholds?: Partial<AlertThresholds> | undefined;
  /** How many attempts a download may have in all, for the recommendations. Defaults to 3. */
  retryAttempts?: number | undefined;
  /** What downloads are wanted, and how, for the recommendations. Defaults to all. */
  wishes?: DownloadWishes | undefined;
  /**
   * Gets to know why the history cannot be used; what comes from it is then as if it were empty.
   * Without it, that is thrown.
   */
  onHistoryProblem?: ((reason: string) => void) | undefined;
  /** Ends a look; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** The clock. Defaults to the system's. */
  now?: (() => Date) | undefined;
}

const gibibyte = 1024 ** 3;
const mebibyte = 1024 ** 2;
const trendHours = 24;

/**
 * Watches over the downloads of a CSV.
 *
 * Every call looks anew. It takes no lock of the CSV and changes nothing in it; each collection of
 * metrics adds a point to the history, which is a SQLite file in opsdeck's home.
 *
 * All methods throw what `getDownloadStatusSummary` does when the CSV cannot be read,
 * FileOperationError when the folder of downloads cannot, and CacheDatabaseError (exit code 3) when
 * the history cannot be opened.
 */
export class DownloadMonitor {
  readonly #options: DownloadMonitorOptions;
  readonly #csvPath: string;
  readonly #downloadsDir: string;
  readonly #now: () => Date;

  /** Makes a monitor; nothing is read yet. */
  constructor(options: DownloadMonitorOptions = {}) {
    this.#options = options;
    this.#csvPath = options.csvPath ?? "output.csv";
    this.#downloadsDir = options.downloadsDir ?? defaultDownloadsDir;
    this.#now = options.now ?? (() => new Date());
  }

  /** Collects the present numbers. */
  async collectMetrics(): Promise<SystemMetrics> {
    const look = await this.#look();
    using history = await this.#openHistory();
    return await this.#metrics(history, look);
  }

  /** Gives what was downloaded, by kind. */
  async getDownloadStats(): Promise<DownloadStats> {
    return statsOf(await this.#look());
  }

  /** Gives the alerts that metrics raise, critical ones first. */
  checkAlerts(metrics: SystemMetrics): Alert[] {
    const { thresholds } = this.#options;
    return alertsOf(metrics, { ...alertThresholdSettings(), ...thresholds });
  }

  /**
   * Makes the report.
   *
   * @param includeDetails adds the failed downloads with their history, and the critical errors
   */
  async generateReport(includeDetails: boolean = false): Promise<MonitorReport> {
    const { retryAttempts = 3, wishes = {}, columns = {} } = this.#options;
    const wanted = chosenTypes(wishes.downloadType ?? "both");
    const look = await this.#look();
    using history = await this.#openHistory();
    const metrics = await this.#metrics(history, look);
    const alerts = this.checkAlerts(metrics);
    const failed = await getFailedDownloads(this.#csvPath, "both", this.#reading());
    const trends = trendsOf(history, metrics);
    const details = {
      critical_errors: criticalErrorsOf(history).latest,
      failed_downloads: failed,
    };
    return {
      timestamp: metrics.timestamp,
      csv_path: resolveCallerPath(this.#csvPath),
      downloads_dir: resolveCallerPath(this.#downloadsDir),
      status: statusOf(alerts),
      metrics,
      stats: statsOf(look),
      trends,
      alerts,
      recommendations: recommendationsFor({
        csvPath: this.#csvPath,
        columns,
        downloadsDir: this.#downloadsDir,
        wishes,
        metrics,
        alerts,
        missingColumns: await missingTrackingColumns(this.#csvPath, this.#reading()),
        pending: wanted.reduce((sum, type) => sum + look.summary[type].pending, 0),
        failed: failed.filter(({ download_type }) => wanted.includes(download_type)),
        retryAttempts,
        failuresByCategory: trends.failures_by_category,
      }),
      ...(includeDetails ? details : {}),
    };
  }

  async #look(): Promise<Look> {
    const { signal } = this.#options;
    return {
      summary: await getDownloadStatusSummary(this.#csvPath, this.#reading()),
      folder: await measureDownloadsFolder(this.#downloadsDir, signal),
    };
  }

  async #metrics(history: OptionalHistory, { summary, folder }: Look): Promise<SystemMetrics> {
    const sum = (name: keyof DownloadCounts) => summary.youtube[name] + summary.drive[name];
    const [completed, failed] = [sum("completed"), sum("failed")];
    const mean = history.use((one) => one.averageSeconds(trendHours), null);
    const metrics: SystemMetrics = {
      timestamp: this.#now().toISOString(),
      total_rows: summary.total_rows,
      pending_downloads: sum("pending"),
      completed_downloads: completed,
      failed_downloads: failed,
      success_rate: percentOf(completed, completed + failed),
      avg_download_time: mean === null ? null : rounded(mean),
      disk_usage_gb: rounded(folder.all_bytes / gibibyte),
      error_rate: percentOf(failed, completed + failed),
      active_processes: await countActiveRuns(await this.#paths()),
      active_downloads: sum("downloading"),
      disk_free_gb: folder.free_bytes === null ? null : rounded(folder.free_bytes / gibibyte),
      critical_errors: criticalErrorsOf(history).count,
    };
    history.use((one) => one.addSample(metrics), undefined);
    return metrics;
  }

  async #openHistory(): Promise<OptionalHistory> {
    const { onHistoryProblem } = this.#options;
    return await OptionalHistory.open(await this.#paths(), { now: this.#now }, onHistoryProblem);
  }

  #paths() {
    return statePaths(this.#csvPath, this.#options.stateDir);
  }

  #reading() {
    const { columns = {}, signal } = this.#options;
    return { columns, signal };
  }
}

interface Look {
  summary: DownloadStatusSummary;
  folder: FolderMeasure;
}

function statsOf({ summary: { youtube, drive }, folder }: Look): DownloadStats {
  return {
    youtube_pending: youtube.pending,
    youtube_completed: youtube.completed,
    youtube_failed: youtube.failed,
    youtube_success_rate: percentOf(youtube.completed, youtube.completed + youtube.failed),
    drive_pending: drive.pending,
    drive_completed: drive.completed,
    drive_failed: drive.failed,
    drive_success_rate: percentOf(drive.completed, drive.completed + drive.failed),
    total_files_downloaded: folder.files,
    total_size_mb: rounded(folder.file_bytes / mebibyte),
  };
}

function criticalErrorsOf(history: OptionalHistory) {
  return history.use((one) => one.criticalErrors(trendHours), { count: 0, latest: [] });
}

function trendsOf(history: OptionalHistory, { pending_downloads }: SystemMetrics): DownloadTrends {
  const hours = history.use((one) => one.hours(trendHours), []);
  const sum = (name: "completed" | "failed" | "files" | "size_mb") =>
    hours.reduce((total, hour) => total + hour[name], 0);
  const [completed, failed] = [sum("completed"), sum("failed")];
  const looks = hours.filter(({ pending }) => pending !== null);
  const [first] = looks;
  return {
    hours,
    completed,
    failed,
    error_rate: percentOf(failed, completed + failed),
    files: sum("files"),
    size_mb: rounded(sum("size_mb")),
    failures_by_category: history.use((one) => one.failuresByCategory(trendHours), []),
    pending_change: looks.length < 2 ? null : pending_downloads - (first?.pending ?? 0),
  };
}

function statusOf(alerts: readonly Alert[]): MonitorReport["status"] {
  if (alerts.length === 0) return "healthy";
  return alerts.some(({ severity }) => severity === "CRITICAL") ? "critical" : "warning";
}
