/** What a refresh of districts would do. */

import { countOf } from "../../../core/command_line/mod.ts";
import type { RestoreOutcome } from "../../files/mod.ts";
import { rerunRequests } from "../../rerun_requests.ts";
import type { FoundRequest } from "../runs/mod.ts";
import type { WorkflowResult } from "../workflow_result.ts";
import {
  fileOptions,
  type NewRunControl,
  searchSignal,
  type Shown,
  type WorkflowSources,
} from "../workflow_sources.ts";
import { leftByRerun, rerunStatuses } from "./look_again.ts";
import type { RefreshParameters } from "./refresh_parameters.ts";
import { type DistrictRefreshData, refreshOutcomes } from "./refresh_report.ts";
import { countRestores, finishRerun, type RefreshSteps, whatElse } from "./refresh_steps.ts";

/** Looks at the servers and the database, and changes nothing. */
export async function previewRefresh(
  { database, requests: manager }: WorkflowSources,
  task: Shown<NewRunControl>,
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
    onlyStatuses: rerunStatuses,
    dryRun: true,
    signal: searchSignal(task),
  });
  finishRerun(steps, parameters, result, false);
  const reruns = new Set(result.requests.map(({ RequestID }) => RequestID));
  const left = leftByRerun(result);
  const outcomes = refreshOutcomes(requests, { restores, reruns, left }, "planned");
  const unrestorable = outcomes.filter(({ status }) => status === "failed").length;
  return {
    success: unrestorable === 0,
    message: `Would run ${countOf(reruns.size, "request")} again and delete ` +
      `${countOf(result.checksums_deleted, "checksum")}; ` +
      `${countOf(unrestorable, "file")} cannot be restored; changed nothing`,
    data: {
      run_id: null,
      steps: steps.steps,
      outcomes,
      ...whatElse(parameters, left),
      checksums_deleted: result.checksums_deleted,
    },
    ...steps.counts,
  };
}
