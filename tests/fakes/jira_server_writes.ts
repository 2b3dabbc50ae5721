/** Writes: issues and comments are counted, not kept. */

import { errorAnswer, jsonAnswer } from "./jira_server_answers.ts";
import type { JiraData } from "./jira_server_data.ts";

/** Tells whether this is a write that the server knows. */
export function isWrite(method: string, path: string): boolean {
  return ["POST", "PUT", "DELETE"].includes(method) && /^\/issue(\/[^/]+(\/comment)?)?$/.test(path);
}

/** Does a write and notes it. */
export function writeIssue(
  data: JiraData,
  method: string,
  path: string,
  body: unknown,
): Response {
  const name = /^\/issue\/([^/]+)/.exec(path)?.[1];
  if (name !== undefined && data.find(name) === undefined) {
    return errorAnswer(404, "Issue does not exist or you do not have permission to see it.");
  }
  data.writes.push({ what: `${method} ${path}`, body });
  if (method !== "POST") return new Response(null, { status: 204 });
  return jsonAnswer(201, { id: String(900_000 + data.writes.length) });
}
