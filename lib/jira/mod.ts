/** Jira: cache, client, request batcher, bulk fetch, search. */

export * from "./batcher/batch_result.ts";
export { type SendOptions, sendRequest } from "./batcher/send_request.ts";
export { checkJira } from "./batcher/check_jira.ts";
export * from "./batcher/request_batcher.ts";
export * from "./batcher/verify_login.ts";
export * from "./cache/mod.ts";
export * from "./client/jira_client.ts";
export * from "./client/jira_request.ts";
export * from "./client/jira_settings.ts";
export * from "./fetch/batch_fetch_issues.ts";
export { type CachedIssue, type IssueCache } from "./fetch/cached_issues.ts";
export { isIssue, type IssueResult, type JiraIssue } from "./fetch/jira_issue.ts";
export * from "./fetch/plan_fetch.ts";
export * from "./jobs/mod.ts";
export type { RateAdvice } from "./rate/rate_advice.ts";
export { RateGate } from "./rate/rate_gate.ts";
export type { RequestScope } from "./rate/request_scope.ts";
export * from "./search/search_issues.ts";
