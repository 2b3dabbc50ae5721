/** The main workflow (reference: downloads, Main Workflow). */

import { errorReason } from "../../core/mod.ts";
import { DownloadHistory, DownloadMonitor, holdRun, statePaths } from "../monitor/mod.ts";
import { CsvTracker, getPendingDownloads, missingTrackingColumns } from "../tracker/mod.ts";
import { findYtdlp, ytdlpPath as configuredPath } from "../youtube/mod.ts";
import { type DownloadJob, jobsOf } from "./download_job.ts";
import { DownloadRun, type RunParts } from "./download_run.ts";
import { DownloadSchedule } from "./download_schedule.ts";
import { type CheckedRunSettings, checkRunSettings } from "./run_options.ts";
import type { RunSettings, RunWatch } from "./run_options.ts";
import { type DownloadRunReport, reportOf } from "./run_report.ts";
import { jobKey, RunTally } from "./run_tally.ts";

/**
 * Works on a CSV: adds the tracking columns, finds what is pending, downloads it, records each
 * result in its row, and reports.
 *
 * Hosts take turns and none is asked too much: a bounded number at once, a pause between starts,
 * and where a host asks for less (429, `Retry-After`, a quota) nothing is asked of it for a while,
 * and then one download at a time till one goes well. What fails is tried again as
 * `ErrorHandler` decides, up to its attempts; what would wait longer than `maxWaitMs` is left
 * for a later run. Any number of processes may work on one CSV: each row is worked on by one.
 *
 * @throws ValidationError for settings out of range, and as `CsvTracker.open` does for the CSV;
 * ConfigurationError when yt-dlp is needed and cannot be used; CacheDatabaseError when the history
 * cannot be opened; FileOperationError when results can no longer be recorded. What is in hand by
 * then is finished, and what was recorded stays.
 */
export async function runDownloads(
  settings: RunSettings = {},
  watch: RunWatch = {},
): Promise<DownloadRunReport> {
  const checked = checkRunSettings(settings);
  const runId = watch.runId ?? crypto.randomUUID().slice(0, 8);
  const startedAt = new Date();
  // A CSV that is none gets no history.
  await missingTrackingColumns(checked.csvPath, { columns: checked.columns, signal: watch.signal });
  const paths = await statePaths(checked.csvPath, checked.stateDir);
  using history = await DownloadHistory.open(paths);
  const tally = new RunTally();
  const done = await (async () => {
    using _run = await holdRun(paths);
    return await workOn(checked, watch, { history, tally, runId });
  })();
  tally.leftPending = (await findNotGot(checked, tally)).length;
  if (watch.signal?.aborted) tally.stoppedBy ??= "a signal";
  const monitor = await new DownloadMonitor({
    ...checked,
    wishes: checked,
    onHistoryProblem: (reason) => void (tally.historyProblem ??= reason),
  }).generateReport();
  return reportOf({ ...done, runId, startedAt, tally, monitor });
}

interface WorkDone {
  columnsAdded: boolean;
  /** Downloads that were pending when the work began. */
  pending: number;
  /** Of these, the ones that were not begun. */
  notBegun: number;
}

/** The CSV is open here only: closing it folds the results in. */
async function workOn(
  settings: CheckedRunSettings,
  watch: RunWatch,
  parts: Pick<RunParts, "history" | "tally" | "runId">,
): Promise<WorkDone> {
  const { csvPath, columns, limit } = settings;
  const { signal } = watch;
  const tracker = await CsvTracker.open(csvPath, { columns, signal });
  let done: WorkDone;
  try {
    const columnsAdded = await tracker.ensureTrackingColumns();
    const jobs = await findJobs(settings, signal);
    await requirePrograms(jobs, settings, signal);
    watch.onBegin?.(Math.min(jobs.length, limit));
    const schedule = new DownloadSchedule(jobs, settings);
    const run: RunParts = { ...parts, tracker, schedule, settings, watch };
    await new DownloadRun(run).work();
    if (await findAgain(run)) await new DownloadRun(run).work();
    done = { columnsAdded, pending: jobs.length, notBegun: schedule.notBegun };
  } catch (error) {
    await tracker.close().catch(() => {}); // the first error says more
    throw error;
  }
  try {
    await tracker.close();
  } catch (error) {
    // All is in the journal, durable: what was done is to be told all the same.
    parts.tally.notFolded = errorReason(error);
  }
  return done;
}

/**
 * Puts the downloads back that are pending still though another process had their row when their
 * turn came, and gives whether there are any. A host that wants a long pause is left alone.
 */
async function findAgain({ schedule, settings, tally, watch }: RunParts): Promise<boolean> {
  const isOver = watch.signal?.aborted || tally.stoppedBy !== undefined ||
    settings.limit !== Infinity;
  if (isOver) return false;
  const latest = performance.now() + settings.maxWaitMs;
  const jobs = (await findNotGot(settings, tally)).filter(({ host }) =>
    schedule.pausedUntil(host) <= latest
  );
  for (const job of jobs) schedule.add(job);
  return jobs.length > 0;
}

/** Finds which of the downloads that a run did not get are pending now, with nobody at them. */
async function findNotGot(
  settings: CheckedRunSettings,
  { notGot }: RunTally,
): Promise<DownloadJob[]> {
  if (notGot.size === 0) return [];
  return (await findJobs(settings)).filter(({ row: { row_id }, download_type }) =>
    notGot.has(jobKey({ row_id, download_type }))
  );
}

/** Gives the downloads that a run would make, in the order of the rows. */
export async function findJobs(
  { csvPath, columns, downloadType, includeFailed, retryAttempts }: CheckedRunSettings,
  signal?: AbortSignal,
): Promise<DownloadJob[]> {
  const rows = await getPendingDownloads(csvPath, downloadType, includeFailed, retryAttempts, {
    columns,
    signal,
  });
  return jobsOf(rows);
}

/** Without yt-dlp every row would fail, one after the other. */
async function requirePrograms(
  jobs: readonly DownloadJob[],
  { ytdlpPath }: CheckedRunSettings,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!jobs.some(({ download_type }) => download_type === "youtube")) return;
  await findYtdlp(ytdlpPath ?? configuredPath(), signal);
}
