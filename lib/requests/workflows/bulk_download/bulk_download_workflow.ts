/** Downloading the files of all requests of some types, as a run that can be resumed. */

import { resolveCallerPath } from "../../../core/mod.ts";
import { findForRun, foundRequest } from "../find_for_run.ts";
import { beginRun, resumeRun } from "../lead_run.ts";
import { checkTypeNames } from "../unknown_types.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import {
  type FileRunControl,
  type NewRunControl,
  searchSignal,
  type Shown,
  type WorkflowSources,
} from "../workflow_sources.ts";
import type { BulkDownloadParameters } from "./bulk_parameters.ts";
import { previewDownload } from "./bulk_preview.ts";
import { type BulkDownloadData, downloadRun } from "./bulk_run.ts";
import { bulkSteps } from "./bulk_steps.ts";

/** What is downloaded. */
export interface BulkDownloadTask extends Shown<NewRunControl> {
  /** What the names of the types begin with, at least one. */
  typeNames: readonly string[];
  /** The districts. Defaults to all. */
  districtIds?: readonly number[] | undefined;
  /** The folder of the files, from the caller's folder; it is made where it is missing. */
  localDir: string;
  /** How many requests are under way at once, from 1 to 256. */
  maxConcurrent: number;
}

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
  const { typeNames, districtIds } = task;
  checkTypeNames("download in bulk", typeNames);
  const steps = bulkSteps(task);
  steps.begin("find_requests");
  const signal = searchSignal(task);
  const { rows, ...missing } = await findForRun(sources, { typeNames, districtIds }, { signal });
  const parameters: BulkDownloadParameters = {
    type_names: [...new Set(typeNames)],
    district_ids: districtIds === undefined ? null : [...new Set(districtIds)],
    local_dir: resolveCallerPath(task.localDir),
    max_concurrent: task.maxConcurrent,
    ...missing,
  };
  const requests = rows.map(foundRequest);
  if (task.dryRun) return await previewDownload(sources, task, { parameters, requests, steps });
  await task.confirm?.(requests.length);
  const run = await beginRun(
    sources,
    { workflow: "bulk_file_download", parameters, requests },
    task,
  );
  return await downloadRun(sources, run, task);
}

/**
 * Goes on with a run: downloads what is not there yet, what failed included, and writes the report.
 *
 * @throws as `bulkDownload` does, and as `WorkflowRun.resume` does.
 */
export async function resumeBulkDownload(
  sources: WorkflowSources,
  runId: string,
  control: Shown<FileRunControl>,
): Promise<WorkflowResult<BulkDownloadData>> {
  const run = await resumeRun(sources, { runId, workflow: "bulk_file_download" }, control);
  return await downloadRun(sources, run, control);
}
