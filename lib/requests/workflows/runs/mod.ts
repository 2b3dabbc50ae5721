/** Runs of workflows, kept so that they can be resumed. */

export { listRuns, runsText, type RunSummary } from "./list_runs.ts";
export { readRunStart } from "./read_run_start.ts";
export { removeOldRuns } from "./remove_old_runs.ts";
export type { FoundRequest, RunEnd, WorkflowName } from "./run_entry.ts";
export { runsFolder } from "./run_files.ts";
export { WorkflowRun } from "./workflow_run.ts";
