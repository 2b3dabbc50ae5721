/** What the answer of a signed call means. */

import {
  ConfigurationError,
  errorChain,
  errorReason,
  isCertificateError,
  NetworkError,
  OpsdeckError,
  permissionMissing,
  RateLimitError,
  redact,
  retryAfterMs,
} from "../../core/mod.ts";
import { singleLine } from "../../core/command_line/mod.ts";
import { serviceName } from "./api_address.ts";

/** The code of the error for an answer that no retry of the same message can change. */
export const callRefused = "CALL_REFUSED";

const evidenceBytes = 4096;
const evidenceCharacters = 300;

/** Answers below 500 that mean "later": RFC 9110 §15.5.9, RFC 8470 §5.2. */
const laterStatuses = new Set([408, 425]);

/** Gives the error that an answer stands for; undefined for a success (any 2xx). */
export async function answerError(
  response: Response,
  service: string,
  now: Date,
): Promise<OpsdeckError | undefined> {
  if (response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const { status } = response;
  const evidence = await readEvidence(response);
  const said = evidence === "" ? "" : `: ${evidence}`;
  const context = { service, status, ...(evidence === "" ? {} : { answer: evidence }) };
  const waitMs = retryAfterMs(response.headers.get("retry-after"), now);
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs };

  if (status === 429) {
    return new RateLimitError(
      `Cannot deliver to ${service} as it asks for fewer calls (429)${said}`,
      { context, ...wait },
    );
  }
  if (status >= 500 || laterStatuses.has(status)) {
    return new NetworkError(`Cannot deliver to ${service} as it answers ${status}${said}`, {
      context,
      ...wait,
    });
  }
  const redirect = status >= 300 && status < 400;
  const advice = redirect
    ? "; a redirect is not followed: set DOC_AI_API_URL to the final address"
    : "; correct what it refuses, then have it sent again";
  return new OpsdeckError(`Cannot deliver to ${service} as it answers ${status}${said}${advice}`, {
    code: callRefused,
    context,
  });
}

/** Gives the error that `fetch` failing to get an answer from a service stands for. */
export function transportError(error: unknown, address: URL): unknown {
  if (error instanceof OpsdeckError) return error;
  const refused = permissionMissing(error);
  if (refused !== undefined) return refused;
  const service = serviceName(address);
  const certificate = errorChain(error).find(isCertificateError);
  if (certificate !== undefined) {
    const reason = errorReason(certificate).replace(/^.*?(?=invalid peer)/, "");
    return new ConfigurationError(
      `Cannot trust ${service} as its certificate is not accepted: ${reason}; ` +
        "have it renewed, or name the file of its authority in DENO_CERT",
      { code: "TLS_CERTIFICATE", context: { service } },
    );
  }
  if (!(error instanceof TypeError) && !(error instanceof Deno.errors.Http)) return error;
  // The innermost error says why; it names the whole address, whose query may be a secret.
  const reason = redact(
    errorReason(errorChain(error).at(-1))
      .replace(/^error sending request for url \(.*?\): /, "")
      .replaceAll(address.href, service),
  );
  return new NetworkError(`Cannot deliver to ${service} as it cannot be reached: ${reason}`, {
    context: { service },
  });
}

/** The beginning of an answer, as much as helps a person: a service may send a whole page. */
async function readEvidence(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let left = evidenceBytes; left > 0;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
    }
  } catch {
    // Cut off: what came is all the evidence there is, and the status counts.
  } finally {
    await reader.cancel().catch(() => {});
  }
  const line = singleLine(redact(text)).trim();
  return line.length <= evidenceCharacters ? line : `${line.slice(0, evidenceCharacters)}…`;
}
