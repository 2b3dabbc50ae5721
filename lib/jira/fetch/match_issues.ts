/** Finding the asked names in an answer that has its own order and its own names. */

import { type JiraIssue, projectOf } from "./jira_issue.ts";

/** Which names an answer settles. */
export interface MatchedIssues {
  /** Issues by the name that was asked for. */
  found: Map<string, JiraIssue>;
  /** Names without an issue. */
  missing: string[];
  /** Names of which some lead to issues that now have another name, but it is open which. */
  unclear: string[];
}

/**
 * Matches issues with the names (in the form of `issueName`) that they were asked by.
 *
 * A moved issue comes with its new key and without the old one. An issue with a name that nobody
 * asked for belongs to one of the names that are left: to the only one, else it is unclear.
 */
export function matchIssues(
  asked: readonly string[],
  issues: readonly JiraIssue[],
): MatchedIssues {
  const byName = new Map<string, JiraIssue>();
  for (const issue of issues) {
    byName.set(issue.id, issue);
    byName.set(issue.key.toUpperCase(), issue);
  }
  const found = new Map<string, JiraIssue>();
  for (const name of asked) {
    const issue = byName.get(name);
    if (issue !== undefined) found.set(name, issue);
  }
  const left = asked.filter((name) => !found.has(name));
  const matched = new Set([...found.values()].map(({ id }) => id));
  const strangers = [...new Map(issues.map((issue) => [issue.id, issue])).values()]
    .filter(({ id }) => !matched.has(id));
  const [stranger] = strangers;
  const [only] = left;
  if (stranger === undefined) return { found, missing: left, unclear: [] };
  if (left.length === 1 && only !== undefined) {
    found.set(only, stranger);
    return { found, missing: [], unclear: [] };
  }
  return { found, missing: [], unclear: left };
}

/**
 * Gives the missing names that may be old keys of issues that were found by their new ones, which
 * the server gives once. A key changes only when its issue moves to another project.
 */
export function possibleAliases(
  missing: readonly string[],
  found: Iterable<JiraIssue>,
): string[] {
  const projects = new Set([...found].map(({ key }) => projectOf(key.toUpperCase())));
  return missing.filter((name) => {
    const project = projectOf(name);
    if (project === undefined) return false;
    return projects.size > (projects.has(project) ? 1 : 0);
  });
}
