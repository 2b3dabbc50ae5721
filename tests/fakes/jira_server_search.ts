/** Searching: page tokens on Cloud, `startAt` on Data Center. */

import { errorAnswer, jsonAnswer } from "./jira_server_answers.ts";
import type { JiraData } from "./jira_server_data.ts";

/** The page tokens that were given. */
export class PageTokens {
  #age = 0;

  /** Makes a token for the issue to go on with. */
  make(at: number): string {
    return btoa(`${this.#age}:${at}`);
  }

  /** Reads a token; undefined when it is not known any more. */
  read(token: string): number | undefined {
    const [age, at] = atob(token).split(":").map(Number);
    return age === this.#age ? at : undefined;
  }

  /** Forgets all tokens. */
  expire(): void {
    this.#age++;
  }
}

/** `POST /rest/api/3/search/jql`. */
export function searchCloud(
  data: JiraData,
  tokens: PageTokens,
  body: unknown,
  maxPage?: number,
): Response {
  const { jql, fields, wanted, token } = readSearch(body, 50);
  const refused = refusedJql(jql);
  if (refused !== undefined) return refused;
  const start = token === undefined ? 1 : tokens.read(token);
  if (start === undefined) return errorAnswer(400, "The nextPageToken is invalid or expired.");
  const isCheap = fields.every((name) => name === "id" || name === "key");
  const size = Math.min(wanted, maxPage ?? (isCheap ? 5000 : 100));
  const end = Math.min(data.size, start + size - 1);
  const isLast = end >= data.size;
  return jsonAnswer(200, {
    issues: page(data, start, end, fields, isCheap),
    isLast,
    ...(isLast ? {} : { nextPageToken: tokens.make(end + 1) }),
  });
}

/** `POST /rest/api/2/search` of Data Center. */
export function searchDataCenter(data: JiraData, body: unknown, maxPage: number): Response {
  const { jql, fields, wanted, startAt } = readSearch(body, 50);
  if (/\bbroken\b/.test(jql)) return errorAnswer(400, "Error in the JQL Query");
  const maxResults = Math.min(wanted, maxPage);
  const end = Math.min(data.size, startAt + maxResults);
  const isCheap = fields.every((name) => name === "id" || name === "key");
  const issues = page(data, startAt + 1, end, fields, isCheap);
  return jsonAnswer(200, { startAt, maxResults, total: data.size, issues });
}

function page(data: JiraData, start: number, end: number, _fields: string[], isCheap: boolean) {
  const issues = [];
  for (let number = start; number <= end; number++) {
    if (isCheap) issues.push({ id: String(10_000 + number), key: data.keyOf(number) });
    else issues.push(data.issue(number));
  }
  return issues;
}

function refusedJql(jql: string): Response | undefined {
  if (/\bbroken\b/.test(jql)) return errorAnswer(400, "Error in the JQL Query");
  const [restriction = ""] = jql.split(/\border by\b/i);
  if (/\b\w+\s*(=|!=|~|>|<|in|is)/i.test(restriction)) return undefined;
  return errorAnswer(400, "Unbounded JQL queries are not allowed here. Please add a restriction.");
}

function readSearch(body: unknown, defaultPage: number) {
  const field = (name: string): unknown =>
    typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  const fields = field("fields");
  const token = field("nextPageToken");
  return {
    jql: String(field("jql") ?? ""),
    fields: Array.isArray(fields) ? fields.map(String) : ["id"],
    wanted: Number(field("maxResults") ?? defaultPage),
    startAt: Number(field("startAt") ?? 0),
    token: typeof token === "string" ? token : undefined,
  };
}
