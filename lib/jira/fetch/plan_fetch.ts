/** What a fetch would take, without a single call. */

import type { JiraClient } from "../client/jira_client.ts";
import { plannedCalls } from "./ask_issues.ts";
import type { BatchFetchOptions } from "./batch_fetch_issues.ts";
import { CachedIssues } from "./cached_issues.ts";
import { issueView } from "./issue_view.ts";
import { issueName } from "./jira_issue.ts";

/** What a fetch would take. */
export interface FetchPlan {
  /** Keys, each counted once. */
  keys: number;
  /** What is neither a key nor an id. */
  invalid: string[];
  /** Keys that the cache has. */
  hits: number;
  /** Keys to be asked for. */
  misses: number;
  /** Round trips, if every key leads to an issue. */
  calls: number;
}

/** The fetch that is planned. */
export type FetchPlanOptions = Pick<BatchFetchOptions, "cache" | "fields" | "expand">;

/** Looks into the cache, and nowhere else, and does not count as a read of it. */
export function planFetch(
  client: JiraClient,
  keys: readonly string[],
  options: FetchPlanOptions = {},
): FetchPlan {
  const view = issueView(options.fields, options.expand);
  const invalid = keys.filter((key) => issueName(key) === undefined);
  const names = [...new Set(keys.map(issueName).filter((name) => name !== undefined))];
  const cached = new CachedIssues(options.cache, client.identity, view);
  const hits = cached.read(names, { peek: true }).size;
  const misses = names.length - hits;
  return { keys: names.length, invalid, hits, misses, calls: plannedCalls(client, misses, view) };
}
