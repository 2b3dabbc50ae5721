/** What went wrong between us and Jira, and whether a request may have got there. */

import {
  errorChain,
  errorReason,
  NetworkError,
  OpsdeckError,
  permissionMissing,
} from "../../core/mod.ts";
import type { JiraRequest } from "./jira_request.ts";

/** The codes after which a request certainly was not processed. */
const unsentCodes = new Set(["JIRA_UNREACHABLE", "PERMISSION_MISSING", "ENDPOINT", "VALIDATION"]);

/** Tells whether a request that failed so was certainly not processed by Jira. */
export function wasNotProcessed(error: unknown): boolean {
  return error instanceof OpsdeckError &&
    (unsentCodes.has(error.code) || error.code === "LOGIN_REFUSED");
}

/** Tells whether a request failed without any answer: Jira, or the way to it, may be down. */
export function isUnanswered(error: OpsdeckError): boolean {
  return ["JIRA_UNREACHABLE", "JIRA_LOST", "JIRA_TIMEOUT"].includes(error.code);
}

/**
 * Turns what `fetch` or the reading of a body threw into a NetworkError.
 *
 * Deno names the stage in the inner error: `client error (Connect)` means that no connection came
 * about, and whatever comes later may have happened after Jira had read the request.
 */
export function toTransportError(
  error: unknown,
  request: JiraRequest,
  site: URL,
  { wasSent }: { wasSent: boolean },
): Error {
  if (error instanceof OpsdeckError) return error;
  if (error instanceof DOMException && error.name === "AbortError") return error;
  const refused = permissionMissing(error);
  if (refused !== undefined) return refused;
  const reasons = errorChain(error).map(errorReason);
  const reason = (reasons.at(-1) ?? "").replace(/^error sending request .*?: client error \(/, "(");
  if (!wasSent && reasons.some((text) => text.includes("client error (Connect)"))) {
    const isDistrusted = reason.includes("invalid peer certificate");
    const advice = isDistrusted
      ? "name its authority's certificate in JIRA_CA_FILE"
      : "check JIRA_URL, the network and the proxy";
    return new NetworkError(
      `Cannot reach Jira at ${site.host} as ${withoutStage(reason)}; ${advice}`,
      {
        code: "JIRA_UNREACHABLE",
        retryable: !isDistrusted,
        context: { site: site.href },
        cause: error,
      },
    );
  }
  return lostAnswer(request, site, withoutStage(reason), error);
}

/** The error for an answer that never came whole, or is none of Jira's. */
export function lostAnswer(
  { method, endpoint }: JiraRequest,
  site: URL,
  reason: string,
  cause?: unknown,
): NetworkError {
  return new NetworkError(
    `Cannot read Jira's answer to ${method} ${endpoint} as ${reason}; check that nothing stands ` +
      `between this machine and ${site.host}`,
    {
      code: cause === undefined ? "JIRA_BAD_ANSWER" : "JIRA_LOST",
      context: { site: site.href },
      cause,
    },
  );
}

/** The error for an answer that did not come in time. */
export function timedOut(
  { method, endpoint }: JiraRequest,
  site: URL,
  timeoutMs: number,
): NetworkError {
  return new NetworkError(
    `Cannot wait longer for ${site.host} to answer ${method} ${endpoint} as ${timeoutMs} ms have ` +
      "passed; try again, or raise JIRA_TIMEOUT_SECONDS",
    { code: "JIRA_TIMEOUT", context: { site: site.href } },
  );
}

function withoutStage(reason: string): string {
  return reason.replace(/^\((\w+)\): /, "");
}
