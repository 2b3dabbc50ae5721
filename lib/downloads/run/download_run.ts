/** A run at work: takes downloads from the schedule, makes them, records what became of them. */

import { errorReason, getLogger, OpsdeckError } from "../../core/mod.ts";
import type { MediaDownloadResult } from "../item_result.ts";
import type { DownloadHistory } from "../monitor/mod.ts";
import type { CsvTracker, RowClaim } from "../tracker/mod.ts";
import { bytesPublished } from "./bytes_published.ts";
import type { DownloadJob } from "./download_job.ts";
import type { DownloadOutcome } from "./download_outcome.ts";
import type { DownloadSchedule } from "./download_schedule.ts";
import { FailureCare } from "./failure_care.ts";
import type { JobEnd } from "./host_lane.ts";
import { performDownload } from "./perform_download.ts";
import type { CheckedRunSettings, RunWatch } from "./run_options.ts";
import { jobKey, type RunTally } from "./run_tally.ts";

const log = getLogger("downloads");

/** The end of a download wakes the run, and so does a stop: this is only an upper bound. */
const longestWaitMs = 60_000;

/** What a {@link DownloadRun} works with. */
export interface RunParts {
  tracker: CsvTracker;
  schedule: DownloadSchedule;
  history: DownloadHistory;
  tally: RunTally;
  settings: CheckedRunSettings;
  watch: RunWatch;
  /** What the history knows the run by. */
  runId: string;
}

/** One process's part of the work on a CSV. */
export class DownloadRun {
  readonly #parts: RunParts;
  readonly #care: FailureCare;
  readonly #stop = new AbortController();
  #fatal: { error: unknown } | undefined;
  #begun = 0;
  #wake: () => void = () => {};

  /** Makes a run; nothing begins yet. */
  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#care = new FailureCare(parts, () => this.#stop.abort());
  }

  /**
   * Works until nothing is left, or the run is stopped, and then until what is in hand has ended.
   *
   * @throws what no download can go on after: a ConfigurationError, or the error of a CSV that can
   * no longer be read or written. What is in hand is finished first.
   */
  async work(): Promise<void> {
    const { schedule, settings, watch } = this.#parts;
    const stop = AbortSignal.any([this.#stop.signal, ...(watch.signal ? [watch.signal] : [])]);
    const onStop = () => this.#wake();
    stop.addEventListener("abort", onStop);
    const inHand = new Set<Promise<void>>();
    while (!stop.aborted) {
      while (inHand.size < settings.concurrency) {
        schedule.onlyAgain = this.#begun >= settings.limit;
        const job = schedule.take(performance.now());
        if (job === undefined) break;
        if (job.tries === 0) this.#begun++;
        const work: Promise<void> = this.#do(job).finally(() => {
          inHand.delete(work);
          this.#wake();
        });
        inHand.add(work);
      }
      if (inHand.size === 0 && !schedule.hasMore()) break;
      const opensAt = inHand.size < settings.concurrency ? schedule.opensAt() : Infinity;
      await this.#untilWoken(opensAt - performance.now());
    }
    stop.removeEventListener("abort", onStop);
    await Promise.all(inHand);
    if (this.#fatal !== undefined) throw this.#fatal.error;
  }

  /** A stop wakes it, and the end of a download; a race of these would keep every loser's rest. */
  async #untilWoken(waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.min(Math.max(0, waitMs), longestWaitMs));
    await promise;
    clearTimeout(timer);
  }

  /** Never rejects. */
  async #do(job: DownloadJob): Promise<void> {
    let went: JobEnd = "wrong";
    try {
      went = await this.#attempt(job);
    } catch (error) {
      // A row that cannot be recorded cannot be released either: the first error says more.
      this.#fatal ??= { error: error instanceof SuppressedError ? error.suppressed : error };
      this.#stop.abort();
    }
    this.#parts.schedule.finish(job, went);
  }

  async #attempt(job: DownloadJob): Promise<JobEnd> {
    const { tracker, settings, tally } = this.#parts;
    const { retryAttempts } = settings;
    const includeFailed = settings.includeFailed || job.tries > 0;
    let claim: RowClaim | undefined;
    try {
      claim = await tracker.claim(job.row, job.download_type, { includeFailed, retryAttempts });
    } catch (error) {
      this.#tellUnrecorded(job, { error, failed_attempts: 0, startedAt: performance.now() });
      return "unasked";
    }
    if (claim === undefined) {
      if (job.tries === 0) this.#begun--;
      tally.notGot.add(jobKey(identityOf(job)));
      return "unasked";
    }
    await using held = claim;
    const [download] = held.downloads;
    if (download === undefined) return "unasked";
    tally.notGot.delete(jobKey(identityOf(job)));
    job.tries++;
    tally.attempts++;
    this.#parts.watch.onStart?.(job);
    const startedAt = performance.now();
    const result = await performDownload(
      { ...job, url: download.url },
      held.row_context,
      settings,
      (progress) => this.#parts.watch.onProgress?.(job, progress),
    );
    const failed_attempts = download.failed_attempts + (result.success ? 0 : 1);
    try {
      await tracker.update(held.row_context.row_index, job.download_type, result);
    } catch (error) {
      this.#tellUnrecorded(job, { error, failed_attempts, startedAt });
      return "wrong";
    }
    await this.#conclude(job, result, { failed_attempts, startedAt });
    return result.success ? "well" : "wrong";
  }

  async #conclude(
    job: DownloadJob,
    result: MediaDownloadResult,
    { failed_attempts, startedAt }: { failed_attempts: number; startedAt: number },
  ): Promise<void> {
    const outcome = {
      ...identityOf(job),
      status: result.success ? "completed" : "failed",
      files: result.files_downloaded,
      files_there_already: result.items.filter(({ outcome }) => outcome === "already_there")
        .reduce((sum, { files }) => sum + files.length, 0),
      bytes: await bytesPublished(this.#parts.settings.downloadsDir, result),
      failed_attempts,
      duration_seconds: secondsSince(startedAt),
      error_category: result.getSummary().error_category,
      error_code: result.error?.code ?? null,
      error_message: result.error_message,
      retry_in_seconds: null,
    } as const;
    const { error } = result;
    const waitMs = error === null ? undefined : this.#care.after(job, error, failed_attempts);
    this.#tell(job, {
      ...outcome,
      retry_in_seconds: waitMs === undefined ? null : Math.ceil(waitMs / 1000),
    }, error);
  }

  /** What concerns one row does not stop the others; what concerns the CSV does. */
  #tellUnrecorded(
    job: DownloadJob,
    { error, failed_attempts, startedAt }: {
      error: unknown;
      failed_attempts: number;
      startedAt: number;
    },
  ): void {
    const isOfRow = error instanceof OpsdeckError &&
      (error.code === "DATA_CORRUPTION" || error.code === "ROW_NOT_FOUND") &&
      error.category !== "FILE_IO" && error.exitCode === 1;
    if (!isOfRow) throw error;
    this.#tell(job, {
      ...identityOf(job),
      status: "unrecorded",
      files: [],
      files_there_already: 0,
      bytes: 0,
      failed_attempts,
      duration_seconds: secondsSince(startedAt),
      error_category: error.category,
      error_code: error.code,
      error_message: errorReason(error),
      retry_in_seconds: null,
    }, error);
  }

  #tell(job: DownloadJob, outcome: DownloadOutcome, error: OpsdeckError | null): void {
    const { tally, history, watch, runId } = this.#parts;
    tally.add(job, outcome);
    watch.onDownload?.(outcome);
    try {
      history.addAttempt(runId, outcome, error?.severity ?? null);
    } catch (failure) {
      // The CSV has it: what is missing is a point in the trends.
      tally.historyProblem ??= errorReason(failure);
      log.warning("Cannot keep the history of downloads: {reason}", {
        reason: errorReason(failure),
      });
    }
  }
}

function identityOf({ row, download_type, url }: DownloadJob) {
  return { row_id: row.row_id, download_type, url };
}

function secondsSince(startedAt: number): number {
  return Math.round(performance.now() - startedAt) / 1000;
}
