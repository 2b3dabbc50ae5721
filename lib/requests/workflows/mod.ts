/** The workflows over data requests. */

export * from "./bulk_download/mod.ts";
export {
  CommonWorkflows,
  type CommonWorkflowsOptions,
  type DistrictRefreshOptions,
} from "./common_workflows.ts";
export * from "./district_refresh/mod.ts";
export * from "./monitoring/mod.ts";
export { type ResumedNeeds, resumedNeeds } from "./resumed_needs.ts";
export { checkResumeStandsAlone, workflowExitCode } from "./resume_rules.ts";
export {
  type FoundRequest,
  listRuns,
  runsFolder,
  runsText,
  type RunSummary,
  type WorkflowName,
} from "./runs/mod.ts";
export type {
  StepListener,
  StepStatus,
  WorkflowData,
  WorkflowResult,
  WorkflowStep,
} from "./workflow_result.ts";
export type {
  FileRunControl,
  NewRunControl,
  RunControl,
  RunPlace,
  Shown,
  WorkflowSources,
} from "./workflow_sources.ts";
