/** Checking a request before it is taken on. */

import { ValidationError } from "../../core/mod.ts";
import { type JiraMethod, jiraMethods, type JiraRequest } from "./jira_request.ts";
import { resolveEndpoint } from "./site_url.ts";

/**
 * Checks a request as it comes from a caller or a file.
 *
 * @throws ValidationError for an unknown method, an endpoint elsewhere, or a GET with data
 */
export function checkRequest(
  site: URL,
  method: string,
  endpoint: string,
  data: unknown,
): JiraRequest {
  const known = jiraMethods.find((name): name is JiraMethod => name === method.toUpperCase());
  if (known === undefined) {
    throw new ValidationError(
      `Cannot add the request as its method must be one of ${jiraMethods.join(", ")}: it is ` +
        JSON.stringify(method),
    );
  }
  resolveEndpoint(site, endpoint);
  if (known === "GET" && data !== undefined && data !== null) {
    throw new ValidationError(
      `Cannot add GET ${endpoint} as a GET carries no data; put it into the query, or use POST`,
    );
  }
  return { method: known, endpoint, ...(data === undefined || data === null ? {} : { data }) };
}
