/** Restoring the files of districts and running their requests again, as a run. */

import { resolveCallerPath, ValidationError } from "../../../core/mod.ts";
import type { RestoreOutcome } from "../../files/mod.ts";
import { type RequestRow, requestStatus } from "../../request_row.ts";
import { rerunRequests } from "../../rerun_requests.ts";
import { findForRun, foundRequest } from "../find_for_run.ts";
import { type FoundRequest, WorkflowRun } from "../runs/mod.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import {
  fileOptions,
  type NewRunControl,
  type RunControl,
  searchSignal,
  workflowPlace,
  type WorkflowSources,
} from "../workflow_sources.ts";
import { parseRefreshParameters, type RefreshParameters } from "./refresh_parameters.ts";
import { type DistrictRefreshData, refreshOutcomes } from "./refresh_report.ts";
import { refreshRun } from "./refresh_run.ts";
import {
  countRestores,
  finishFind,
  finishRerun,
  type RefreshSteps,
  stepsOf,
  whatElse,
} from "./refresh_steps.ts";

/** What is refreshed. */
export interface DistrictRefreshTask extends NewRunControl {
  /** The districts, at least one. */
  districtIds: readonly number[];
  /** What the names of the types begin with, at least one. */
  typeNames: readonly string[];
  /** Deletes checksums, so that unchanged files are imported again. */
  deleteChecksums: boolean;
  /** Restores the files first. */
  restoreFiles: boolean;
  /** Shows progress. */
  showProgress: boolean;
  /** Who asks for it, for the requests' history. Defaults to `opsdeck`. */
  requestedBy?: string | undefined;
  /** The folder in which files are unpacked. Defaults to `/tmp`. */
  tempDir?: string | undefined;
  /** How many files are restored at once, from 1 to 256. Defaults to 3. */
  maxConcurrent?: number | undefined;
}

const { pending, queued, processing, completed, failed } = requestStatus;
const unfinished: readonly number[] = [pending, queued, processing];
const ended: readonly number[] = [completed, failed];

/**
 * Finds the latest request of each district and type, restores its file, deletes its checksums, and
 * sets it to run again; the last two in one transaction for all requests. A request whose file
 * cannot be restored is reported and not run again, and the others go on. A request that is
 * waiting to run is left to that, so the same command twice does nothing twice.
 *
 * @throws ValidationError when a parameter is out of its range.
 * @throws DatabaseConnectionError when the database cannot be reached.
 */
export async function refreshDistricts(
  sources: WorkflowSources,
  task: DistrictRefreshTask,
): Promise<WorkflowResult<DistrictRefreshData>> {
  const { districtIds, typeNames, now = () => new Date() } = task;
  const signal = searchSignal(task);
  checkTask(task);
  const steps = stepsOf(task.restoreFiles, task.deleteChecksums, task);
  steps.begin("find_requests");
  const { rows, ...missing } = await findForRun(
    sources,
    { districtIds, typeNames, statuses: [...unfinished, ...ended] },
    { signal },
  );
  const isWaiting = ({ Status }: RequestRow) => Status !== null && unfinished.includes(Status);
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
  finishFind(steps, parameters, requests, false);

  if (task.dryRun) return await preview(sources, task, { parameters, requests, steps });
  if (requests.length === 0) return nothingToDo(parameters, steps);
  await task.confirm?.(requests.length);
  await using run = await WorkflowRun.begin({
    folder: sources.runsFolder,
    workflow: "district_refresh",
    place: await workflowPlace(sources.database),
    parameters,
    requests,
    now: now(),
  });
  task.onRun?.(run.runId);
  return await refreshRun(sources, run, steps, parameters, task);
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
  control: RunControl & { showProgress: boolean },
): Promise<WorkflowResult<DistrictRefreshData>> {
  await using run = await WorkflowRun.resume({
    folder: sources.runsFolder,
    runId,
    workflow: "district_refresh",
    place: await workflowPlace(sources.database),
    signal: control.signal,
  });
  const parameters = parseRefreshParameters(run.start.parameters);
  const steps = stepsOf(parameters.restore_files, parameters.delete_checksums, control);
  finishFind(steps, parameters, run.requests, true);
  control.onRun?.(run.runId);
  return await refreshRun(sources, run, steps, parameters, control);
}

async function preview(
  { database, requests: manager }: WorkflowSources,
  task: DistrictRefreshTask,
  { parameters, requests, steps }: {
    parameters: RefreshParameters;
    requests: FoundRequest[];
    steps: RefreshSteps;
  },
): Promise<WorkflowResult<DistrictRefreshData>> {
  const ids = requests.map(({ RequestID }) => RequestID);
  let restores = new Map<number, RestoreOutcome>();
  if (parameters.restore_files) {
    steps.begin("restore_files");
    restores = await manager.restoreFilesBatch(
      ids,
      parameters.temp_dir,
      parameters.max_concurrent,
      task.showProgress,
      { ...fileOptions(task), dryRun: true },
    );
    steps.finish("restore_files", { ...countRestores(restores.values()), dry_run: true });
  }
  const ready = ids.filter((id) => restores.get(id)?.status !== "failed");
  const result = await rerunRequests(database, ready, {
    deleteChecksums: parameters.delete_checksums,
    dryRun: true,
    signal: task.signal,
  });
  finishRerun(steps, parameters, result, false);
  const outcomes = refreshOutcomes(requests, restores, new Set(ready), "planned");
  const unrestorable = outcomes.filter(({ status }) => status === "failed").length;
  return {
    success: unrestorable === 0,
    message: `Would run ${ready.length} requests again and delete ${result.checksums_deleted} ` +
      `checksums; ${unrestorable} files cannot be restored; nothing was changed`,
    data: {
      run_id: null,
      steps: steps.steps,
      outcomes,
      ...whatElse(parameters),
      checksums_deleted: result.checksums_deleted,
    },
    ...steps.counts,
  };
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

function checkTask({ districtIds, typeNames }: DistrictRefreshTask): void {
  if (districtIds.length === 0) {
    throw new ValidationError("Cannot refresh districts as none is named; name their ids");
  }
  if (typeNames.length === 0 || typeNames.some((name) => name.trim() === "")) {
    throw new ValidationError(
      "Cannot refresh districts as no type is named, or one has no name; " +
        "name what the types begin with, such as SAT",
    );
  }
}
