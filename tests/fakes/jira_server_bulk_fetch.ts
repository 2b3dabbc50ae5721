/** `POST /rest/api/3/issue/bulkfetch` with its rules. */

import { errorAnswer, jsonAnswer } from "./jira_server_answers.ts";
import type { JiraData, ServedIssue } from "./jira_server_data.ts";

const costlyExpansions = "changelog editmeta operations renderedFields transitions " +
  "versionedRepresentations";
const costlyFields = "comment worklog attachment";

/** Gives the issues in ascending order of ids; what is missing is in neither list. */
export function bulkFetch(data: JiraData, body: unknown, limit: 100 | 1000): Response {
  const names = list(body, "issueIdsOrKeys");
  const fields = list(body, "fields");
  const expand = list(body, "expand");
  if (names.length === 0) return errorAnswer(400, "issueIdsOrKeys must not be empty");
  const isCheap = fields.length > 0 && fields.length <= 100 &&
    fields.every((name) => !/^[*-]/.test(name) && !costlyFields.split(" ").includes(name)) &&
    !expand.some((name) => costlyExpansions.split(" ").includes(name));
  const most = isCheap ? limit : 100;
  if (names.length > most) return errorAnswer(400, `You can only fetch up to ${most} issues.`);
  const issues = new Map<string, ServedIssue>();
  for (const name of names) {
    const issue = data.find(name);
    if (issue !== undefined) issues.set(issue.id, issue);
  }
  const sorted = [...issues.values()].sort((a, b) => Number(a.id) - Number(b.id));
  return jsonAnswer(200, { expand: "names,schema", issues: sorted, issueErrors: [] });
}

function list(body: unknown, name: string): string[] {
  const value: unknown = typeof body === "object" && body !== null
    ? Reflect.get(body, name)
    : undefined;
  return Array.isArray(value) ? value.map(String) : [];
}
