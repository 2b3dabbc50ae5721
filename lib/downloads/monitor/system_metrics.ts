/** The numbers of the monitor (reference: downloads, SystemMetrics and DownloadStats). */

/** How the downloads of a CSV are at one moment. */
export interface SystemMetrics {
  /** When they were collected: ISO 8601, UTC. */
  timestamp: string;
  /** All rows of the CSV. */
  total_rows: number;
  /** Downloads to be made; those that a process is at are not among them. */
  pending_downloads: number;
  /** Downloads that are there. */
  completed_downloads: number;
  /** Downloads whose last attempt failed. */
  failed_downloads: number;
  /** The share of the finished downloads that are there, in percent; 0 while none is finished. */
  success_rate: number;
  /** The mean time of the successful downloads of the last 24 hours, in seconds; null without any. */
  avg_download_time: number | null;
  /** How much the folder of downloads holds, unfinished attempts included, in GiB. */
  disk_usage_gb: number;
  /** The share of the finished downloads that failed, in percent; 0 while none is finished. */
  error_rate: number;
  /** Runs that are at work on the CSV at this moment, on this machine. */
  active_processes: number;
  /** Downloads that a process is at. */
  active_downloads: number;
  /** What this user may still write where the folder of downloads is, in GiB; null if unknown. */
  disk_free_gb: number | null;
  /** Critical errors of the last 24 hours, such as a full disk. */
  critical_errors: number;
}

/** What was downloaded, by kind. */
export interface DownloadStats {
  /** YouTube downloads to be made. */
  youtube_pending: number;
  /** YouTube downloads that are there. */
  youtube_completed: number;
  /** YouTube downloads whose last attempt failed. */
  youtube_failed: number;
  /** The share of the finished YouTube downloads that are there, in percent. */
  youtube_success_rate: number;
  /** Drive downloads to be made. */
  drive_pending: number;
  /** Drive downloads that are there. */
  drive_completed: number;
  /** Drive downloads whose last attempt failed. */
  drive_failed: number;
  /** The share of the finished Drive downloads that are there, in percent. */
  drive_success_rate: number;
  /** Files in the folder of downloads that have a metadata file. */
  total_files_downloaded: number;
  /** The size of these files, in MiB. */
  total_size_mb: number;
}

/** Gives a share in percent with two decimals; 0 of nothing. */
export function percentOf(part: number, all: number): number {
  return all === 0 ? 0 : rounded((100 * part) / all);
}

/** Rounds to two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
