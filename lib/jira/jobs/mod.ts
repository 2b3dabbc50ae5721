/** The jobs of the script `jira-batch`. */

export {
  type FetchJobOptions,
  type FetchSummary,
  fetchSummaryText,
  runFetchJob,
} from "./fetch_job.ts";
export { checkKeySource, type KeySource } from "./issue_source.ts";
export {
  createIssueWriter,
  type IssueFormat,
  issueFormat,
  issueFormats,
  type IssueOutput,
  type IssueRow,
  type IssueWriter,
} from "./issue_writer.ts";
export { jiraPermissions } from "./jira_permissions.ts";
export * from "./job_text.ts";
export { openIssueCache } from "./open_issue_cache.ts";
export { planFetchJob } from "./plan_fetch_job.ts";
export {
  openRequestFile,
  type PlannedRequest,
  planRun,
  type RequestFile,
  runFileJob,
  type RunJobOptions,
  type RunReport,
  runSummaryText,
} from "./run_job.ts";
export { runSearchJob, type SearchJobOptions } from "./search_job.ts";
export type { FileRequest } from "../run/request_file.ts";
export { RunJournal, type RunState, type RunStates, type WriteAnswer } from "../run/run_journal.ts";
export type { RunOptions, RunStep, RunSummary } from "../run/run_requests.ts";
