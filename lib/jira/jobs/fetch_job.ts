/** Fetching issues as a job: keys in, issues out as they come, a summary at the end. */

import { countOf, formatCount } from "../../core/command_line/mod.ts";
import { ExitCode, type OpsdeckError } from "../../core/mod.ts";
import { verifyLogin } from "../batcher/verify_login.ts";
import type { JiraClient } from "../client/jira_client.ts";
import {
  type BatchFetchOptions,
  fetchIssues,
  type IssueFetch,
} from "../fetch/batch_fetch_issues.ts";
import { isIssue, issueName } from "../fetch/jira_issue.ts";
import { type KeySource, readKeys } from "./issue_source.ts";
import type { IssueWriter } from "./issue_writer.ts";

/** What a fetch did. */
export interface FetchSummary {
  /** Keys that were asked for, each counted once, in whatever cases. */
  keys: number;
  /** Keys with an issue. */
  found: number;
  /** Of these, those from the cache in time. */
  hits: number;
  /** Of these, those from the cache past their time. */
  stale: number;
  /** Round trips to fetch issues; those of a search are not counted. */
  calls: number;
  /** Keys that Jira has no issue for, or none that this login may see. */
  missing: string[];
  /** Keys that could not be asked for. */
  failed: number;
  /** The exit code that follows from it. */
  exit_code: number;
}

/** How a fetch is done. */
export interface FetchJobOptions extends Omit<BatchFetchOptions, "onProgress"> {
  /** The most issues. Defaults to no limit. */
  limit?: number | undefined;
  /** Hears of so many more keys that are settled. */
  onSettled?: (count: number) => void;
}

/**
 * Fetches the issues of a source and writes them as they come, also those that cannot be had.
 *
 * When there is not a single issue, the login is verified, so that a login that sees nothing is not
 * taken for an empty result.
 */
export async function runFetchJob(
  client: JiraClient,
  source: KeySource,
  writer: IssueWriter,
  options: FetchJobOptions,
): Promise<FetchSummary> {
  const { signal } = options;
  const summary: FetchSummary = {
    keys: 0,
    found: 0,
    hits: 0,
    stale: 0,
    calls: 0,
    missing: [],
    failed: 0,
    exit_code: ExitCode.success,
  };
  let failure: OpsdeckError | undefined;
  for await (const keys of readKeys(client, source, options)) {
    const fetched = await fetchIssues(client, keys, options);
    const isNothing = count(summary, fetched);
    failure ??= fetched.failure;
    if (isNothing && fetched.failure !== undefined && summary.found === 0) {
      signal?.throwIfAborted();
      throw fetched.failure;
    }
    writer.write([...fetched.issues].map(([asked, result]) => ({
      asked,
      result,
      staleMs: fetched.stale.get(issueName(asked) ?? asked),
    })));
    options.onSettled?.(keys.length);
    if (signal?.aborted) break;
  }
  if (summary.found === 0 && failure === undefined && !signal?.aborted) {
    await verifyLogin(client, { signal });
  }
  writer.end();
  if (failure?.exitCode === ExitCode.network) summary.exit_code = ExitCode.network;
  else if (summary.found < summary.keys) summary.exit_code = ExitCode.failure;
  return summary;
}

/** Adds a portion to the summary; tells whether there was no issue in it. */
function count(summary: FetchSummary, fetched: IssueFetch): boolean {
  const byName = new Map(
    [...fetched.issues].map(([key, result]) => [issueName(key) ?? key, result]),
  );
  const found = [...byName.values()].filter(isIssue).length;
  summary.keys += byName.size;
  summary.found += found;
  summary.hits += fetched.hits;
  summary.stale += fetched.stale.size;
  summary.calls += fetched.calls;
  summary.missing.push(...fetched.missing);
  summary.failed += Math.max(0, byName.size - found - fetched.missing.length);
  return found === 0;
}

const shownMissing = 10;

/** Says what a fetch did, in one line. */
export function fetchSummaryText(summary: FetchSummary): string {
  const { keys, found, hits, stale, calls, missing, failed } = summary;
  const fresh = found - hits - stale;
  const parts = [
    `${formatCount(found)} of ${countOf(keys, "issue")}: ` +
    `${formatCount(hits)} from the cache, ${formatCount(fresh)} fetched with ` +
    `${countOf(calls, "call")}`,
  ];
  if (stale > 0) parts.push(`${stale} from the cache although past their time`);
  if (missing.length > 0) {
    const more = missing.length - shownMissing;
    parts.push(
      `${missing.length} missing or not to be seen: ${missing.slice(0, shownMissing).join(", ")}` +
        (more > 0 ? ` and ${more} more` : ""),
    );
  }
  if (failed > 0) parts.push(`${failed} could not be fetched`);
  return parts.join("; ");
}
