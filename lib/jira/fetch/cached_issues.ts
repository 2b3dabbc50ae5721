/** The issues of a cache, as one login sees them in one view. */

import type { JiraCache } from "../cache/jira_cache.ts";
import { type IssueView, viewScope } from "./issue_view.ts";
import { isJiraIssue, type JiraIssue } from "./jira_issue.ts";

/** What a fetch needs of a `JiraCache`. */
export type IssueCache = Pick<JiraCache, "getEntries" | "setMany">;

/** An issue of the cache. */
export interface CachedIssue {
  /** The issue. */
  issue: JiraIssue;
  /** How long ago it was stored, in milliseconds. */
  ageMs: number;
}

const category = "issue";

/** Reads and stores issues by the names that they are asked by. Without a cache, none. */
export class CachedIssues {
  /** What is asked of each issue. */
  readonly view: IssueView;
  readonly #cache: IssueCache | undefined;
  readonly #scope: string;

  /** Looks at a cache with the eyes of a login (`JiraClient.identity`). */
  constructor(cache: IssueCache | undefined, identity: string, view: IssueView) {
    this.#cache = cache;
    this.#scope = viewScope(identity, view);
    this.view = view;
  }

  /**
   * Gives the issues that are there: the fresh ones, with `allowStale` the others too.
   *
   * @param options.peek looks without being counted as a read
   */
  read(
    names: readonly string[],
    options: { allowStale?: boolean; peek?: boolean } = {},
  ): Map<string, CachedIssue> {
    const issues = new Map<string, CachedIssue>();
    if (this.#cache === undefined || names.length === 0) return issues;
    const entries = this.#cache.getEntries(names, category, { ...options, scope: this.#scope });
    for (const [name, { value, ageMs }] of entries) {
      if (isJiraIssue(value)) issues.set(name, { issue: value, ageMs });
    }
    return issues;
  }

  /** Stores issues under the names that they were asked by, and under their own keys. */
  write(found: ReadonlyMap<string, JiraIssue>): void {
    const entries = new Map<string, JiraIssue>();
    for (const [name, issue] of found) {
      entries.set(name, issue);
      entries.set(issue.key.toUpperCase(), issue);
    }
    this.#cache?.setMany(entries, category, { scope: this.#scope });
  }
}
