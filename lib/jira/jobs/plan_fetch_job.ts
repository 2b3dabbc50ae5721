/** Planning a fetch as a job. */

import { ValidationError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { type FetchPlan, type FetchPlanOptions, planFetch } from "../fetch/plan_fetch.ts";
import { type KeySource, readKeys } from "./issue_source.ts";

/**
 * Says what a fetch would take, from the cache alone.
 *
 * @throws ValidationError for a query, as only Jira knows the keys that it finds
 */
export async function planFetchJob(
  client: JiraClient,
  source: KeySource,
  { limit, ...options }: FetchPlanOptions & { limit?: number | undefined },
): Promise<FetchPlan> {
  if (source.jql !== undefined) {
    throw new ValidationError(
      "--plan makes no call, and only Jira knows what --jql finds; give keys or --file",
      { code: "USAGE" },
    );
  }
  const keys: string[] = [];
  for await (const portion of readKeys(client, source, { limit })) keys.push(...portion);
  return planFetch(client, keys, options);
}
