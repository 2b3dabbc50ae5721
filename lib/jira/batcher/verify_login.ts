/** Asking Jira who we are: an empty result and a wrong token look alike otherwise. */

import { ConfigurationError, ErrorCategory, OpsdeckError } from "../../core/mod.ts";
import type { JiraClient } from "../client/jira_client.ts";
import { sendRequest } from "./send_request.ts";

/** Who is logged in, and where. */
export interface JiraLoginReport {
  /** The site's address. */
  site: string;
  /** `cloud` or `data-center`. */
  deployment: "cloud" | "data-center";
  /** The account id (Cloud) or the user name (Data Center). */
  account: string;
  /** The name that people see; null when Jira hides it. */
  display_name: string | null;
  /** Whether the account is active; null when Jira does not say. */
  active: boolean | null;
}

/**
 * Asks `/myself`, which answers nobody who is not logged in.
 *
 * @throws ConfigurationError (`LOGIN_REFUSED`, exit code 2) when the login is wrong or Jira does not
 * know who this is.
 * @throws ConfigurationError (exit code 2) when there is no such Jira at the address.
 * @throws NetworkError, RateLimitError (exit code 4) when Jira cannot be asked.
 */
export async function verifyLogin(
  client: JiraClient,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<JiraLoginReport> {
  const endpoint = `${client.apiPath}/myself`;
  const data = await sendRequest(client, { method: "GET", endpoint }, options).catch((error) => {
    throw isNotFound(error) ? noJira(client, endpoint, error) : error;
  });
  const field = (name: string): unknown =>
    typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
  const account = [field("accountId"), field("name"), field("key")]
    .find((value) => typeof value === "string");
  if (typeof account !== "string") {
    throw new ConfigurationError(
      `Cannot log in to Jira at ${client.site.host} as it does not say who this login is; check ` +
        "the address, the e-mail and the token",
      { code: "LOGIN_REFUSED", category: ErrorCategory.PERMISSION },
    );
  }
  const [displayName, active] = [field("displayName"), field("active")];
  return {
    site: client.site.href,
    deployment: client.isCloud ? "cloud" : "data-center",
    account,
    display_name: typeof displayName === "string" ? displayName : null,
    active: typeof active === "boolean" ? active : null,
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof OpsdeckError && error.context["status"] === 404;
}

function noJira(client: JiraClient, endpoint: string, cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `Cannot find Jira at ${client.site.href} as it has no ${endpoint}; check JIRA_URL, and the ` +
      "kind of login: JIRA_PAT is for Data Center, JIRA_API_TOKEN for Cloud",
    { context: { site: client.site.href }, cause },
  );
}
