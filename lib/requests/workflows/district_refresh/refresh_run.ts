/** The steps of a refresh that change something, from wherever an earlier process left them. */

import { countOf } from "../../../core/command_line/mod.ts";
import type { RestoreOutcome } from "../../files/mod.ts";
import { rerunRequests, type RerunResult } from "../../rerun_requests.ts";
import { isRestoreOutcome } from "../kept_outcome.ts";
import { leadRun, type RunOutcome } from "../lead_run.ts";
import type { FoundRequest, WorkflowRun } from "../runs/mod.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import {
  fileOptions,
  type FileRunControl,
  searchSignal,
  type Shown,
  type WorkflowSources,
} from "../workflow_sources.ts";
import { findCommittedReruns, type RerunMark } from "./committed_reruns.ts";
import {
  findLeft,
  keepLeft,
  keptLeft,
  leftByRerun,
  type LeftRequests,
  rerunStatuses,
} from "./look_again.ts";
import { parseRefreshParameters, type RefreshParameters } from "./refresh_parameters.ts";
import {
  type DistrictRefreshData,
  type RefreshOutcome,
  refreshOutcomes,
} from "./refresh_report.ts";
import {
  countRestores,
  finishFind,
  finishRerun,
  type RefreshSteps,
  stepsOf,
  whatElse,
} from "./refresh_steps.ts";

/** Restores what is not restored, runs again what did not run again, and ends the run. */
export async function refreshRun(
  sources: WorkflowSources,
  run: WorkflowRun,
  control: Shown<FileRunControl>,
): Promise<WorkflowResult<DistrictRefreshData>> {
  return await leadRun(run, control, async () => {
    const parameters = parseRefreshParameters(run.start.parameters);
    const steps = stepsOf(parameters.restore_files, parameters.delete_checksums, control);
    finishFind(steps, parameters, run.requests, run.isResumed);
    const mark: RerunMark = {
      requestedBy: parameters.requested_by,
      reason: `district refresh, run ${run.runId}`,
    };
    const reruns = run.isResumed
      ? await findRerun(sources, run, mark, searchSignal(control))
      : new Set<number>();

    const left = keptLeft(run);
    const leave = (more: LeftRequests) => {
      keepLeft(run, more);
      for (const [id, reason] of more) left.set(id, reason);
    };
    const open = () => run.requests.filter(({ RequestID: id }) => !reruns.has(id) && !left.has(id));
    const look = async (signal: AbortSignal | undefined) =>
      leave(await findLeft(sources, parameters, open(), { signal }));
    if (run.isResumed) await look(searchSignal(control));

    const restores = await restore(sources, run, steps, parameters, open(), control);
    const isStopped = control.stopSignal?.aborted ?? false;
    let checksumsDeleted = 0;
    if (!isStopped) {
      await look(control.signal); // restoring many files takes its time
      const ready = open().map(({ RequestID }) => RequestID)
        .filter((id) => !parameters.restore_files || isRestored(restores.get(id)));
      const result = await rerun(sources, run, steps, parameters, ready, mark, control);
      for (const { RequestID } of result?.requests ?? []) reruns.add(RequestID);
      if (result !== undefined) leave(leftByRerun(result));
      checksumsDeleted = result?.checksums_deleted ?? 0;
    }
    const outcomes = refreshOutcomes(run.requests, { restores, reruns, left });
    return {
      ...endOf(run.runId, outcomes, isStopped),
      steps,
      data: { outcomes, ...whatElse(parameters, left), checksums_deleted: checksumsDeleted },
    };
  });
}

function endOf(
  runId: string,
  outcomes: readonly RefreshOutcome[],
  isStopped: boolean,
): Pick<RunOutcome<unknown>, "status" | "message"> {
  const count = (wanted: RefreshOutcome["status"]) =>
    outcomes.filter(({ status }) => status === wanted).length;
  const [reruns, failed, left] = [count("rerun"), count("failed"), count("not_done")];
  const asTheyAre = count("left");
  const resume = `refresh-districts --resume ${runId}`;
  if (isStopped && left > 0) {
    const message =
      `Stopped with ${left} of ${countOf(outcomes.length, "request")} left, ${reruns} running ` +
      `again, ${failed} failed; go on with: ${resume}`;
    return { status: "stopped", message };
  }
  return {
    status: failed === 0 && left === 0 ? "succeeded" : "failed",
    message: `${reruns} of ${countOf(outcomes.length, "request")} run again, ${failed} failed` +
      (asTheyAre === 0 ? "" : `, ${asTheyAre} left as ${asTheyAre === 1 ? "it is" : "they are"}`) +
      (failed === 0 ? "" : `; when the cause is gone: ${resume}`),
  };
}

/** Gives what was run again under the run; the database knows it better than the journal. */
async function findRerun(
  { database }: WorkflowSources,
  run: WorkflowRun,
  mark: RerunMark,
  signal: AbortSignal,
): Promise<Set<number>> {
  const ids = run.requests.map(({ RequestID }) => RequestID);
  const committed = await findCommittedReruns(database, ids, mark, { signal });
  return new Set([...committed, ...run.outcomes("rerun_requests").keys()]);
}

async function restore(
  { requests: manager }: WorkflowSources,
  run: WorkflowRun,
  steps: RefreshSteps,
  parameters: RefreshParameters,
  requests: readonly FoundRequest[],
  control: Shown<FileRunControl>,
): Promise<Map<number, RestoreOutcome>> {
  const outcomes = new Map<number, RestoreOutcome>();
  if (!parameters.restore_files) return outcomes;
  const isOpen = new Set(requests.map(({ RequestID }) => RequestID));
  for (const [id, outcome] of run.outcomes("restore_files")) {
    if (!isRestoreOutcome(outcome)) continue;
    // What failed for a request that is left by now is nobody's concern.
    if (isRestored(outcome) || isOpen.has(id)) outcomes.set(id, outcome);
  }
  // What runs again already may have been imported, and its file taken away, by now.
  const todo = [...isOpen].filter((id) => !isRestored(outcomes.get(id)));
  steps.begin("restore_files");
  const fresh = todo.length === 0 ? new Map<number, RestoreOutcome>() : await manager
    .restoreFilesBatch(
      todo,
      parameters.temp_dir,
      parameters.max_concurrent,
      control.showProgress,
      {
        ...fileOptions(control),
        onOutcome: (outcome) => {
          if (outcome.status === "stopped") return;
          run.keepOutcome("restore_files", outcome.RequestID, { ...outcome });
        },
      },
    );
  await run.settled();
  for (const [id, outcome] of fresh) outcomes.set(id, outcome);
  const counts = countRestores(outcomes.values());
  steps.finish("restore_files", counts, {
    status: counts.stopped > 0 ? "interrupted" : counts.failed > 0 ? "failed" : "done",
    resumed: run.isResumed && todo.length === 0,
  });
  return outcomes;
}

async function rerun(
  { database }: WorkflowSources,
  run: WorkflowRun,
  steps: RefreshSteps,
  parameters: RefreshParameters,
  ids: readonly number[],
  mark: RerunMark,
  control: Shown<FileRunControl>,
): Promise<RerunResult | undefined> {
  if (parameters.delete_checksums) steps.begin("clear_checksums");
  steps.begin("rerun_requests");
  const result = ids.length === 0 ? undefined : await rerunRequests(database, ids, {
    ...mark,
    onlyStatuses: rerunStatuses,
    deleteChecksums: parameters.delete_checksums,
    signal: control.signal,
  });
  for (const { RequestID, previous_status } of result?.requests ?? []) {
    run.keepOutcome("rerun_requests", RequestID, { previous_status });
  }
  await run.settled();
  const resumed = run.isResumed && ids.length === 0;
  finishRerun(steps, parameters, result, resumed);
  return result;
}

function isRestored(outcome: RestoreOutcome | undefined): boolean {
  return outcome?.status === "restored" || outcome?.status === "identical";
}
