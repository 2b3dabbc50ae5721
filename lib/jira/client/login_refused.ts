/** Telling a refused login from an answer that anybody would get. */

import { ConfigurationError, ErrorCategory } from "../../core/mod.ts";

/**
 * Gives the error for a refused login, with the code `LOGIN_REFUSED`, or `LOGIN_IGNORED` when Jira
 * answered nevertheless; undefined when it was not refused.
 *
 * Jira may treat a wrong token as no login at all and answer 200 with almost nothing: then
 * `X-AUSERNAME` is `anonymous` (Data Center) or `X-Seraph-LoginReason` says `AUTHENTICATED_FAILED`.
 * `AUTHENTICATION_DENIED` asks for a login with a captcha, after too many wrong ones.
 */
export function refusedLogin(
  status: number,
  headers: Headers,
  error: string | null,
  site: URL,
): ConfigurationError | undefined {
  const reason = (headers.get("x-seraph-loginreason") ?? "").toUpperCase();
  const isDenied = reason.includes("AUTHENTICATION_DENIED");
  const isAnonymous = headers.get("x-ausername")?.toLowerCase() === "anonymous" ||
    reason.includes("AUTHENTICATED_FAILED");
  if (status !== 401 && !isDenied && !isAnonymous) return undefined;
  const why = isDenied
    ? "it asks for a captcha after too many wrong logins; log in once in a browser"
    : `it ${status === 401 ? `answered ${error}` : "took the request for anonymous"}; ` +
      "check the address, the e-mail and the token";
  return new ConfigurationError(`Cannot log in to Jira at ${site.host} as ${why}`, {
    code: status >= 400 ? "LOGIN_REFUSED" : "LOGIN_IGNORED",
    category: ErrorCategory.PERMISSION,
    context: { site: site.href, status },
  });
}
