/** Asking Jira for issues by name, with as few round trips as it allows. */

import type { JiraClient } from "../client/jira_client.ts";
import { askOneByOne } from "./ask_one_by_one.ts";
import type { AskOptions } from "./ask_options.ts";
import { BulkFetch, limitFor } from "./bulk_fetch.ts";
import type { IssueView } from "./issue_view.ts";

/**
 * Asks for issues, each name (in the form of `issueName`) once, and reports each of them once.
 *
 * On Cloud that is `POST /rest/api/3/issue/bulkfetch`, 1000 names a call where the view allows it and
 * else 100, calls in parallel; on Data Center, and where the call does not exist, one GET a name.
 */
export async function askIssues(
  client: JiraClient,
  names: readonly string[],
  options: AskOptions,
): Promise<void> {
  if (!client.isCloud) return await askOneByOne(client, names, options);
  await new BulkFetch(client, options).ask(names);
}

/** Gives how many round trips {@link askIssues} takes when every name leads to an issue. */
export function plannedCalls(client: JiraClient, count: number, view: IssueView): number {
  return client.isCloud ? Math.ceil(count / limitFor(client, view)) : count;
}
