/** A request to Jira, and whether it only reads. */

/** The methods that Jira's API knows. */
export const jiraMethods = ["GET", "POST", "PUT", "DELETE", "PATCH"] as const;

/** One of {@link jiraMethods}. */
export type JiraMethod = typeof jiraMethods[number];

/** One request. */
export interface JiraRequest {
  /** The method. */
  method: JiraMethod;
  /** A path on the site, such as `/rest/api/3/myself`. */
  endpoint: string;
  /** The body, as JSON. */
  data?: unknown;
}

/** POSTs that only read: trying them again changes nothing (Jira Cloud REST API 3). */
const readingPosts = [
  "/search",
  "/search/jql",
  "/search/approximate-count",
  "/issue/bulkfetch",
  "/changelog/bulkfetch",
  "/jql/parse",
  "/jql/match",
  "/jql/sanitize",
  "/expression/eval",
  "/expression/evaluate",
];

/** Tells whether a request changes nothing on the site, so that it may be sent again. */
export function isRead({ method, endpoint }: JiraRequest): boolean {
  if (method === "GET") return true;
  const path = /\/rest\/api\/(?:\d|latest)(\/[^?]*)/.exec(endpoint)?.[1];
  return method === "POST" && path !== undefined && readingPosts.includes(path);
}
