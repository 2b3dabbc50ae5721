/** What a run of downloads can be told. */

import { type ErrorHandler, ValidationError } from "../../core/mod.ts";
import { defaultDownloadsDir } from "../download_options.ts";
import { requireExportFormat } from "../drive/mod.ts";
import type { DownloadProgress } from "../download_progress.ts";
import type { AlertThresholds } from "../monitor/mod.ts";
import { type CsvColumns, defaultCsvColumns, type DownloadChoice } from "../tracker/mod.ts";
import { mediaRequest, type MediaRequestOptions } from "../youtube/mod.ts";
import type { DownloadJob } from "./download_job.ts";
import type { DownloadOutcome } from "./download_outcome.ts";

/** The settings of a run; every one has a default. */
export interface RunSettings extends MediaRequestOptions {
  /** The CSV. Defaults to `output.csv`. */
  csvPath?: string | undefined;
  /** The names of its columns, where they are not the usual ones. */
  columns?: Partial<CsvColumns> | undefined;
  /** Which downloads. Defaults to `both`. */
  downloadType?: DownloadChoice | undefined;
  /** Whether downloads that failed in earlier runs are tried again. Defaults to true. */
  includeFailed?: boolean | undefined;
  /** How many attempts a download may have in all, those of earlier runs included. Defaults to 3. */
  retryAttempts?: number | undefined;
  /**
   * Whether files that rows have got already are downloaded again, which are kept and counted
   * otherwise. Rows that are completed stay so: reset them first. Defaults to false.
   */
  force?: boolean | undefined;
  /** How many downloads to begin, tries again not counted. Defaults to all. */
  limit?: number | undefined;
  /** The folder of downloads. Defaults to `youtube_downloads`. */
  downloadsDir?: string | undefined;
  /** The format of Google's own documents. Defaults to `docx`, `xlsx`, `pptx`. */
  exportFormat?: string | undefined;
  /** Downloads at once. Defaults to 4. */
  concurrency?: number | undefined;
  /** Downloads at once from one host. Defaults to 2. */
  perHost?: number | undefined;
  /** The pause between two starts at one host, in milliseconds. Defaults to 1000. */
  delayMs?: number | undefined;
  /**
   * The longest wait for a host or before another try, in milliseconds; what would wait longer is
   * left for a later run. Defaults to 600 000.
   */
  maxWaitMs?: number | undefined;
  /** The name or path of yt-dlp. Defaults to the setting `YTDLP_PATH`, else `yt-dlp` on PATH. */
  ytdlpPath?: string | undefined;
  /** What stands in for Google. Defaults to the setting `DRIVE_BASE_URL`, else Google itself. */
  driveBaseUrl?: URL | undefined;
  /** The folder of opsdeck's state, where the history is. Defaults to `OPSDECK_HOME`. */
  stateDir?: string | undefined;
  /** When the run's report raises alerts. */
  thresholds?: Partial<AlertThresholds> | undefined;
}

/** How a run is watched and stopped. */
export interface RunWatch {
  /**
   * Stops the run: nothing more is begun, what is in hand is finished and recorded, and the report
   * comes as ever.
   */
  signal?: AbortSignal | undefined;
  /** Gets to know that an attempt begins: the row is claimed. */
  onStart?: ((job: DownloadJob) => void) | undefined;
  /** Gets to know how each attempt ended. */
  onDownload?: ((outcome: DownloadOutcome) => void) | undefined;
  /** Gets to know how far a download is. */
  onProgress?: ((job: DownloadJob, progress: DownloadProgress) => void) | undefined;
  /** Gets to know how many downloads there are, once, before the first begins. */
  onBegin?: ((downloads: number) => void) | undefined;
  /** Decides on tries and waits. Defaults to a handler as the reference describes it. */
  errorHandler?: Pick<ErrorHandler, "handleError" | "shouldRetry" | "getRetryDelay"> | undefined;
  /** Marks the run in its report and in the history. Defaults to a new one. */
  runId?: string | undefined;
}

/** The settings of a run, all of them and checked. */
export interface CheckedRunSettings extends RunSettings {
  csvPath: string;
  columns: CsvColumns;
  downloadType: DownloadChoice;
  includeFailed: boolean;
  /** What was downloaded before it is downloaded again; undefined when it is kept. */
  redoBefore: Date | undefined;
  retryAttempts: number;
  limit: number;
  downloadsDir: string;
  concurrency: number;
  perHost: number;
  delayMs: number;
  maxWaitMs: number;
}

/**
 * Fills in the defaults and checks all before anything is begun.
 *
 * @throws ValidationError that names the setting, its value and what it may be
 */
export function checkRunSettings(settings: RunSettings): CheckedRunSettings {
  mediaRequest(settings);
  requireExportFormat(settings.exportFormat);
  const checked = {
    ...settings,
    csvPath: settings.csvPath ?? "output.csv",
    columns: { ...defaultCsvColumns, ...settings.columns },
    downloadType: settings.downloadType ?? "both",
    includeFailed: settings.includeFailed ?? true,
    retryAttempts: settings.retryAttempts ?? 3,
    redoBefore: settings.force ? new Date() : undefined,
    limit: settings.limit ?? Infinity,
    downloadsDir: settings.downloadsDir ?? defaultDownloadsDir,
    concurrency: settings.concurrency ?? 4,
    perHost: settings.perHost ?? 2,
    delayMs: settings.delayMs ?? 1000,
    maxWaitMs: settings.maxWaitMs ?? 600_000,
  };
  requireWhole("number of attempts", checked.retryAttempts);
  requireWhole("number of downloads at once", checked.concurrency);
  requireWhole("number of downloads at once from a host", checked.perHost);
  if (checked.limit !== Infinity) requireWhole("limit", checked.limit);
  return checked;
}

function requireWhole(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new ValidationError(
    `Cannot run downloads as the ${what} must be a whole number from 1: it is ${value}`,
  );
}
