/** Downloading the files of all requests of some types, as a run that can be resumed. */

import { resolveCallerPath, ValidationError } from "../../../core/mod.ts";
import type { DownloadOutcome } from "../../files/mod.ts";
import { findForRun, foundRequest } from "../find_for_run.ts";
import { isDownloadOutcome } from "../kept_outcome.ts";
import { type FoundRequest, WorkflowRun } from "../runs/mod.ts";
import { StepLog } from "../step_log.ts";
import { unknownTypesNote } from "../unknown_types.ts";
import type { WorkflowData, WorkflowResult } from "../workflow_result.ts";
import {
  fileOptions,
  type NewRunControl,
  type RunControl,
  searchSignal,
  workflowPlace,
  type WorkflowSources,
} from "../workflow_sources.ts";
import { type BulkDownloadParameters, parseBulkParameters } from "./bulk_parameters.ts";
import { type BulkDownloadReport, makeBulkReport } from "./bulk_report.ts";
import { bulkResultMessage, writeBulkReport } from "./write_bulk_report.ts";

/** What is downloaded. */
export interface BulkDownloadTask extends NewRunControl {
  /** What the names of the types begin with, at least one. */
  typeNames: readonly string[];
  /** The districts. Defaults to all. */
  districtIds?: readonly number[] | undefined;
  /** The folder of the files, from the caller's folder; it is made where it is missing. */
  localDir: string;
  /** How many requests are under way at once, from 1 to 256. */
  maxConcurrent: number;
  /** Shows progress. */
  showProgress: boolean;
}

/** What a bulk download did. */
export interface BulkDownloadData extends WorkflowData {
  /** The run, for `--resume`; null with `dryRun`. */
  run_id: string | null;
  /** The counts, the failures, and every request's outcome. */
  report: BulkDownloadReport;
  /** The report's JSON file; null when it was not written. */
  report_json: string | null;
  /** The report's HTML page; null when it was not written. */
  report_html: string | null;
}

const stepNames = ["find_requests", "download_files", "generate_report"] as const;
const downloadStep = "download_files";

type Steps = StepLog<typeof stepNames[number]>;

/**
 * Finds the latest requests, downloads their files, and writes the report beside them. A request
 * whose file cannot be had is reported, and the others go on.
 *
 * @throws ValidationError when a parameter is out of its range.
 * @throws DatabaseConnectionError when the database cannot be reached.
 */
export async function bulkDownload(
  sources: WorkflowSources,
  task: BulkDownloadTask,
): Promise<WorkflowResult<BulkDownloadData>> {
  const { typeNames, districtIds, now = () => new Date() } = task;
  const signal = searchSignal(task);
  if (typeNames.length === 0 || typeNames.some((name) => name.trim() === "")) {
    throw new ValidationError(
      "Cannot download in bulk as no type is named, or one has no name; " +
        "name what the types begin with, such as SAT",
    );
  }
  const steps: Steps = new StepLog(stepNames, task.showProgress ? task.onStep : undefined);
  steps.begin("find_requests");
  const { rows, ...missing } = await findForRun(sources, { typeNames, districtIds }, { signal });
  const parameters: BulkDownloadParameters = {
    type_names: [...new Set(typeNames)],
    district_ids: districtIds === undefined ? null : [...new Set(districtIds)],
    local_dir: resolveCallerPath(task.localDir),
    max_concurrent: task.maxConcurrent,
    ...missing,
  };
  const requests = rows.map(foundRequest);
  steps.finish("find_requests", { requests: requests.length, ...missing });

  if (task.dryRun) return await preview(sources, task, { parameters, requests, steps });
  await task.confirm?.(requests.length);
  await using run = await WorkflowRun.begin({
    folder: sources.runsFolder,
    workflow: "bulk_file_download",
    place: await workflowPlace(sources.database),
    parameters,
    requests,
    now: now(),
  });
  task.onRun?.(run.runId);
  return await downloadRun(sources, run, steps, parameters, task);
}

/**
 * Goes on with a run: downloads what is not there yet, what failed included, and writes the report.
 *
 * @throws as `bulkDownload` does, and as `WorkflowRun.resume` does.
 */
export async function resumeBulkDownload(
  sources: WorkflowSources,
  runId: string,
  control: RunControl & { showProgress: boolean },
): Promise<WorkflowResult<BulkDownloadData>> {
  await using run = await WorkflowRun.resume({
    folder: sources.runsFolder,
    runId,
    workflow: "bulk_file_download",
    place: await workflowPlace(sources.database),
    signal: control.signal,
  });
  const parameters = parseBulkParameters(run.start.parameters);
  const steps: Steps = new StepLog(stepNames, control.showProgress ? control.onStep : undefined);
  const { unknown_types, districts_without_requests } = parameters;
  steps.finish("find_requests", {
    requests: run.requests.length,
    unknown_types,
    districts_without_requests,
  }, { resumed: true });
  control.onRun?.(run.runId);
  return await downloadRun(sources, run, steps, parameters, control);
}

async function downloadRun(
  sources: WorkflowSources,
  run: WorkflowRun,
  steps: Steps,
  parameters: BulkDownloadParameters,
  control: RunControl & { showProgress: boolean },
): Promise<WorkflowResult<BulkDownloadData>> {
  const { now = () => new Date() } = control;
  const outcomes = keptOutcomes(run);
  const isThere = (id: number) => outcomes.has(id) && outcomes.get(id)?.status !== "failed";
  const todo = run.requests.map(({ RequestID }) => RequestID).filter((id) => !isThere(id));

  steps.begin(downloadStep);
  const fresh = todo.length === 0
    ? new Map<number, DownloadOutcome>()
    : await sources.requests.downloadFilesBatch(
      todo,
      parameters.local_dir,
      parameters.max_concurrent,
      control.showProgress,
      {
        ...fileOptions(control),
        onOutcome: (outcome) => keepOutcome(run, outcome),
      },
    );
  await run.settled();
  let left = 0;
  for (const [id, outcome] of fresh) {
    if (outcome.status === "stopped") left++;
    else outcomes.set(id, outcome);
  }
  const report = makeBulkReport(
    {
      run_id: run.runId,
      started_at: run.start.at,
      generated_at: now().toISOString(),
      type_names: parameters.type_names,
      district_ids: parameters.district_ids,
      local_dir: parameters.local_dir,
      unknown_types: parameters.unknown_types,
      districts_without_requests: parameters.districts_without_requests,
    },
    run.requests,
    outcomes,
  );
  const { totals } = report;
  const isStopped = left > 0;
  steps.finish(downloadStep, { ...totals, stopped: left }, {
    status: isStopped ? "interrupted" : totals.failed > 0 ? "failed" : "done",
    resumed: run.isResumed && todo.length === 0,
  });
  const files = isStopped ? { json: null, html: null } : await publish(report, steps);
  const success = !isStopped && totals.failed === 0;
  const message = bulkResultMessage(report, left);
  await run.end(isStopped ? "stopped" : success ? "succeeded" : "failed", message, now());
  return {
    success,
    message,
    data: {
      run_id: run.runId,
      steps: steps.steps,
      report,
      report_json: files.json,
      report_html: files.html,
    },
    ...steps.counts,
  };
}

async function preview(
  { requests: manager }: WorkflowSources,
  task: BulkDownloadTask,
  { parameters, requests, steps }: {
    parameters: BulkDownloadParameters;
    requests: FoundRequest[];
    steps: Steps;
  },
): Promise<WorkflowResult<BulkDownloadData>> {
  const now = (task.now?.() ?? new Date()).toISOString();
  steps.begin(downloadStep);
  const outcomes = await manager.downloadFilesBatch(
    requests.map(({ RequestID }) => RequestID),
    parameters.local_dir,
    parameters.max_concurrent,
    task.showProgress,
    { ...fileOptions(task), dryRun: true },
  );
  const { max_concurrent: _, ...head } = parameters;
  const report = makeBulkReport(
    { run_id: null, started_at: now, generated_at: now, ...head },
    requests,
    outcomes,
  );
  const planned = [...outcomes.values()].filter(({ status }) => status === "planned").length;
  const { skipped, failed } = report.totals;
  steps.finish(downloadStep, { planned, skipped, failed, dry_run: true });
  return {
    success: failed === 0,
    message: `Would download ${planned} files to ${parameters.local_dir}; ${skipped} are there ` +
      `already, ${failed} cannot be had; nothing was changed` +
      unknownTypesNote(parameters.unknown_types),
    data: { run_id: null, steps: steps.steps, report, report_json: null, report_html: null },
    ...steps.counts,
  };
}

function keepOutcome(run: WorkflowRun, outcome: DownloadOutcome): void {
  if (outcome.status !== "stopped") {
    run.keepOutcome(downloadStep, outcome.RequestID, { ...outcome });
  }
}

function keptOutcomes(run: WorkflowRun): Map<number, DownloadOutcome> {
  const outcomes = new Map<number, DownloadOutcome>();
  for (const [id, outcome] of run.outcomes(downloadStep)) {
    if (isDownloadOutcome(outcome)) outcomes.set(id, outcome);
  }
  return outcomes;
}

async function publish(
  report: BulkDownloadReport,
  steps: Steps,
): Promise<{ json: string; html: string }> {
  steps.begin("generate_report");
  const files = await writeBulkReport(report);
  steps.finish("generate_report", files);
  return files;
}
