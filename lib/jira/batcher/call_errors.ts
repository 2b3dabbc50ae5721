/** Why a call ended without an answer. */

import { ExitCode, OpsdeckError, RateLimitError } from "../../core/mod.ts";
import type { Call } from "./waiting_calls.ts";

/** The error of a call that a stop ended. */
export function cancelled({ request, failure, attempts }: Call): OpsdeckError {
  const { method, endpoint } = request;
  const when = attempts === 0 ? "it was sent" : "an answer came";
  const before = failure === undefined ? "" : `; before that: ${failure.message}`;
  return new OpsdeckError(
    `Cannot ${method} ${endpoint} as it was cancelled before ${when}${before}`,
    { code: "CANCELLED" },
  );
}

/** The error of a call that would have to wait longer than the settings allow. */
export function tooLong(
  { request, failure }: Call,
  waitMs: number,
  maxWaitMs: number,
): RateLimitError {
  const { method, endpoint } = request;
  const seconds = (ms: number) => Math.ceil(ms / 1000);
  return new RateLimitError(
    `Cannot ${method} ${endpoint} as Jira's rate limit asks to wait ${seconds(waitMs)} s, and ` +
      `JIRA_MAX_WAIT_SECONDS is ${seconds(maxWaitMs)}; try again later`,
    { exitCode: ExitCode.network, context: { method, endpoint }, cause: failure },
  );
}

/** What to say of a call that the failure of another one ended. */
export function notSentText({ request, attempts }: Call, failure: OpsdeckError): string {
  const { method, endpoint } = request;
  const again = attempts === 0 ? "" : " again";
  return `Cannot ${method} ${endpoint} as it was not sent${again}: ${failure.message}`;
}
