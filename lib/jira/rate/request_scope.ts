/** What a rate limit of Jira may concern: an endpoint with its method, or an issue that is written. */

/** What a request counts against. */
export interface RequestScope {
  /** Method and endpoint without names and numbers: `GET /rest/api/3/issue/*`. */
  endpoint: string;
  /** The issue that a write changes, in capitals or as a number; none for reads. */
  issue?: string;
}

/** Gives the scope of a request from its method and the path of its address. */
export function requestScope(method: string, pathname: string): RequestScope {
  const segments = pathname.split("/").map((segment) => isName(segment) ? "*" : segment);
  const endpoint = `${method} ${segments.join("/")}`;
  const issue = method === "GET" ? undefined : /\/issue\/([^/]+)/.exec(pathname)?.[1];
  return issue !== undefined && isName(issue)
    ? { endpoint, issue: issue.toUpperCase() }
    : { endpoint };
}

/** Words of the API are letters alone, in `camelCase`; keys, ids and account ids are not. */
function isName(segment: string): boolean {
  return segment !== "" && segment !== "api" && !/^[a-z][A-Za-z-]*$/.test(segment) &&
    !/^\d$|^latest$/.test(segment);
}
