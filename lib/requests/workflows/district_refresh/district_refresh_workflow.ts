/** Restoring the files of districts and running their requests again, as a run. */

import { resolveCallerPath, ValidationError } from "../../../core/mod.ts";
import { checkHistoryTexts } from "../../history_texts.ts";
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
import { isWaiting, latestStatuses } from "./look_again.ts";
import type { RefreshParameters } from "./refresh_parameters.ts";
import { previewRefresh } from "./refresh_preview.ts";
import type { DistrictRefreshData } from "./refresh_report.ts";
import { refreshRun } from "./refresh_run.ts";
import { finishFind, type RefreshSteps, stepsOf, whatElse } from "./refresh_steps.ts";

/** What is refreshed. */
export interface DistrictRefreshTask extends Shown<NewRunControl> {
  /** The districts, at least one. */
  districtIds: readonly number[];
  /** What the names of the types begin with, at least one. */
  typeNames: readonly string[];
  /** Deletes checksums, so that unchanged files are imported again. */
  deleteChecksums: boolean;
  /** Restores the files first. */
  restoreFiles: boolean;
  /** Who asks for it, for the history; at most 200 characters. Defaults to `opsdeck`. */
  requestedBy?: string | undefined;
  /** The folder in which files are unpacked. Defaults to `/tmp`. */
  tempDir?: string | undefined;
  /** How many files are restored at once, from 1 to 256. Defaults to 3. */
  maxConcurrent?: number | undefined;
}

/**
 * Finds the latest request of each district and type, restores its file, deletes its checksums, and
 * sets it to run again; the last two in one transaction for all requests. A request whose file
 * cannot be restored is reported and not run again, and the others go on. A request that is
 * waiting to run is left to that, so the same command twice does nothing twice; so is one that another
 * run was faster with. One that has become outdated meanwhile is left as it is.
 *
 * @throws ValidationError when a parameter is out of its range.
 * @throws DatabaseConnectionError when the database cannot be reached.
 */
export async function refreshDistricts(
  sources: WorkflowSources,
  task: DistrictRefreshTask,
): Promise<WorkflowResult<DistrictRefreshData>> {
  const { districtIds, typeNames } = task;
  const signal = searchSignal(task);
  if (districtIds.length === 0) {
    throw new ValidationError("Cannot refresh districts as none is named; name their ids");
  }
  checkTypeNames("refresh districts", typeNames);
  checkHistoryTexts(task);
  const steps = stepsOf(task.restoreFiles, task.deleteChecksums, task);
  steps.begin("find_requests");
  const { rows, ...missing } = await findForRun(
    sources,
    { districtIds, typeNames, statuses: latestStatuses },
    { signal },
  );
  const requests = rows.filter((row) => !isWaiting(row)).map(foundRequest);
  const parameters: RefreshParameters = {
    district_ids: [...new Set(districtIds)],
    type_names: [...new Set(typeNames)],
    delete_checksums: task.deleteChecksums,
    restore_files: task.restoreFiles,
    requested_by: task.requestedBy ?? "opsdeck",
    temp_dir: resolveCallerPath(task.tempDir ?? "/tmp"),
    max_concurrent: task.maxConcurrent ?? 3,
    ...missing,
    waiting_requests: rows.filter(isWaiting).map(({ RequestID }) => RequestID),
  };

  if (task.dryRun || requests.length === 0) {
    finishFind(steps, parameters, requests, false);
    return task.dryRun
      ? await previewRefresh(sources, task, { parameters, requests, steps })
      : nothingToDo(parameters, steps);
  }
  await task.confirm?.(requests.length);
  const run = await beginRun(sources, { workflow: "district_refresh", parameters, requests }, task);
  return await refreshRun(sources, run, task);
}

/**
 * Goes on with a run: restores what is not restored yet, what failed included, and runs again what
 * was not run again under this run. What a killed process has stored is found in the database.
 *
 * @throws as `refreshDistricts` does, and as `WorkflowRun.resume` does.
 */
export async function resumeDistrictRefresh(
  sources: WorkflowSources,
  runId: string,
  control: Shown<FileRunControl>,
): Promise<WorkflowResult<DistrictRefreshData>> {
  const run = await resumeRun(sources, { runId, workflow: "district_refresh" }, control);
  return await refreshRun(sources, run, control);
}

function nothingToDo(
  parameters: RefreshParameters,
  steps: RefreshSteps,
): WorkflowResult<DistrictRefreshData> {
  const waiting = parameters.waiting_requests.length;
  return {
    success: true,
    message: waiting === 0
      ? "Found no request to run again; nothing was changed"
      : `Found no request to run again, as ${waiting} are waiting already; nothing was changed`,
    data: {
      run_id: null,
      steps: steps.steps,
      outcomes: [],
      ...whatElse(parameters),
      checksums_deleted: 0,
    },
    ...steps.counts,
  };
}
