/** How issues are asked for, and how the answers come back. */

import type { OpsdeckError } from "../../core/mod.ts";
import type { SettledRequest } from "../batcher/batch_result.ts";
import { dispatchRequests } from "../batcher/dispatch_requests.ts";
import type { JiraClient } from "../client/jira_client.ts";
import type { JiraRequest } from "../client/jira_request.ts";
import type { IssueView } from "./issue_view.ts";
import type { JiraIssue } from "./jira_issue.ts";

/** How issues are asked for. */
export interface AskOptions {
  /** What is asked of each. */
  view: IssueView;
  /** The most requests at once. Defaults to 10. */
  maxConcurrent?: number | undefined;
  /** Aborted to ask no more. */
  signal?: AbortSignal | undefined;
  /** Hears of issues as they come, by the names that they were asked by. */
  onFound: (found: ReadonlyMap<string, JiraIssue>) => void;
  /** Hears of names that Jira has no issue for. */
  onMissing: (names: readonly string[]) => void;
  /** Hears of names that could not be asked for. */
  onFailed: (names: readonly string[], failure: OpsdeckError) => void;
  /** Hears how many more round trips were made. */
  onCalls: (count: number) => void;
}

/** Sends requests and counts the round trips that they take. */
export async function sendCounted(
  client: JiraClient,
  requests: readonly JiraRequest[],
  { maxConcurrent, signal, onCalls }: AskOptions,
  onSettled: (index: number, settled: SettledRequest) => void,
): Promise<void> {
  await dispatchRequests(client, requests, {
    maxConcurrent,
    signal,
    onSettled: (index, settled) => {
      onCalls(settled.result.attempts);
      onSettled(index, settled);
    },
  });
}
