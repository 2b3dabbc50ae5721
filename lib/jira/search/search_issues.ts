/** All issues that a JQL query finds, page by page. */

import { NetworkError, OpsdeckError, ValidationError } from "../../core/mod.ts";
import { sendRequest } from "../batcher/send_request.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { field, type JiraIssue, readIssues } from "../fetch/jira_issue.ts";
import { SeenIds } from "./seen_ids.ts";

/** How issues are searched. */
export interface SearchOptions {
  /** The fields to give. Defaults to `*navigable`; `["id"]` gives ids and keys alone. */
  fields?: readonly string[] | undefined;
  /** What to expand, such as `changelog`. Defaults to nothing. */
  expand?: readonly string[] | undefined;
  /** The most issues to give, from 1 on. Defaults to no limit. */
  limit?: number | undefined;
  /** The most issues in a page, from 1 to 5000. Defaults to 5000; Jira gives fewer where it must. */
  pageSize?: number | undefined;
  /** Aborted to ask for no more pages; the search then ends with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Hears when the search had to begin anew. */
  onRestart?: ((found: number) => void) | undefined;
}

/** A page as Jira gives it. */
interface Page {
  issues: JiraIssue[];
  /** What the next page is asked with; undefined on the last one. */
  next: PagePlace | undefined;
}

type PagePlace = { token: string } | { startAt: number };

const maxRestarts = 3;

/**
 * Searches and gives the issues page by page, each issue once, in no more memory than a page takes:
 * on Cloud through `/rest/api/3/search/jql` and its page tokens, on Data Center through
 * `/rest/api/2/search` and `startAt`.
 *
 * A page token lives for seven days. When Jira does not know it any more, the search begins anew
 * and passes over what it has given. Results are eventually consistent: an issue that was changed
 * a moment ago may be missing.
 *
 * @throws ValidationError when Jira refuses the query, such as an unbounded one.
 * @throws ConfigurationError, NetworkError, RateLimitError as `JiraClient` and the limits do.
 */
export async function* searchIssues(
  client: JiraClient,
  jql: string,
  options: SearchOptions = {},
): AsyncGenerator<JiraIssue[], void, undefined> {
  const { limit = Infinity, signal } = options;
  const seen = new SeenIds();
  let found = 0;
  let restarts = 0;
  let place: PagePlace | undefined;
  do {
    signal?.throwIfAborted();
    const page: Page | undefined = await askPage(client, jql, place, limit - found, options);
    if (page === undefined) {
      if (++restarts > maxRestarts) throw lostPlace(client, found);
      options.onRestart?.(found);
      place = undefined;
      continue;
    }
    if (isSamePlace(page.next, place)) throw circling(client, found);
    const issues = page.issues.filter(({ id }) => !/^\d{1,15}$/.test(id) || seen.add(Number(id)))
      .slice(0, limit - found);
    found += issues.length;
    place = page.next;
    if (issues.length > 0) yield issues;
    if (place === undefined) return;
  } while (found < limit);
}

/** Asks for a page; undefined when the server does not know the place any more. */
async function askPage(
  client: JiraClient,
  jql: string,
  place: PagePlace | undefined,
  wanted: number,
  options: SearchOptions,
): Promise<Page | undefined> {
  const { fields = ["*navigable"], expand = [], pageSize = 5000, signal } = options;
  const maxResults = Math.min(pageSize, wanted);
  const common = { jql, maxResults, fields };
  const cloud = {
    ...common,
    ...(place !== undefined && "token" in place ? { nextPageToken: place.token } : {}),
    ...(expand.length === 0 ? {} : { expand: expand.join(",") }),
  };
  const startAt = place !== undefined && "startAt" in place ? place.startAt : 0;
  const dataCenter = { ...common, startAt, ...(expand.length === 0 ? {} : { expand }) };
  try {
    const data = await sendRequest(client, {
      method: "POST",
      endpoint: client.isCloud ? "/rest/api/3/search/jql" : "/rest/api/2/search",
      data: client.isCloud ? cloud : dataCenter,
    }, { signal });
    return client.isCloud ? cloudPage(data) : dataCenterPage(data, startAt);
  } catch (error) {
    // The query itself was good for the pages before.
    const isRefused = error instanceof OpsdeckError && error.context["status"] === 400;
    if (isRefused && place !== undefined && "token" in place) return undefined;
    throw error;
  }
}

function cloudPage(data: unknown): Page {
  const token = field(data, "nextPageToken");
  const isLast = field(data, "isLast") === true || typeof token !== "string" || token === "";
  return { issues: pageIssues(data), next: isLast ? undefined : { token } };
}

function dataCenterPage(data: unknown, startAt: number): Page {
  const issues = pageIssues(data);
  const total = field(data, "total");
  const end = startAt + issues.length;
  const isLast = issues.length === 0 || (typeof total === "number" && end >= total);
  return { issues, next: isLast ? undefined : { startAt: end } };
}

function pageIssues(data: unknown): JiraIssue[] {
  if (Array.isArray(field(data, "issues"))) return readIssues(data);
  throw new NetworkError(
    "Cannot read Jira's answer to the search as it has no list of issues; check JIRA_URL",
    { code: "JIRA_BAD_ANSWER" },
  );
}

function isSamePlace(next: PagePlace | undefined, place: PagePlace | undefined): boolean {
  return next !== undefined && place !== undefined && "token" in next && "token" in place &&
    next.token === place.token;
}

function lostPlace(client: JiraClient, found: number): OpsdeckError {
  return new ValidationError(
    `Cannot go on with the search as ${client.site.host} refused the page after ${found} issues ` +
      "again and again; narrow the query",
    { code: "JIRA_PAGE_TOKEN" },
  );
}

function circling(client: JiraClient, found: number): NetworkError {
  return new NetworkError(
    `Cannot go on with the search as ${client.site.host} gives the same page again after ` +
      `${found} issues; try again later`,
    { code: "JIRA_BAD_ANSWER", retryable: false },
  );
}
