/** Searching as a job: a query in, issues out page by page. */

import { verifyLogin } from "../batcher/verify_login.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { searchIssues, type SearchOptions } from "../search/search_issues.ts";
import type { IssueWriter } from "./issue_writer.ts";

/** How a search is done. */
export interface SearchJobOptions extends SearchOptions {
  /** Hears of so many more issues. */
  onFound?: (count: number) => void;
}

/**
 * Searches, writes the issues as they come, and gives their number. When there is none the login is
 * verified, since a wrong one may look the same.
 */
export async function runSearchJob(
  client: JiraClient,
  jql: string,
  writer: IssueWriter,
  options: SearchJobOptions,
): Promise<number> {
  let found = 0;
  for await (const issues of searchIssues(client, jql, options)) {
    found += issues.length;
    writer.write(issues.map((result) => ({ asked: null, result })));
    options.onFound?.(issues.length);
  }
  if (found === 0) await verifyLogin(client, { signal: options.signal });
  writer.end();
  return found;
}
