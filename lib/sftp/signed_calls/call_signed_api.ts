/** Calls of an API that knows its callers by their signatures. */

import {
  delay,
  NetworkError,
  type RetryNotice,
  retryWithBackoff,
  type Secret,
  version,
  withDeadline,
} from "../../core/mod.ts";
import { serviceName } from "./api_address.ts";
import { answerError, transportError } from "./api_answer.ts";
import { signPayload } from "./sign_payload.ts";
import { signingKey } from "./signing_key.ts";

/** One message for an API. */
export interface SignedCall {
  /** Where it is posted to; see `parseApiAddress`. */
  address: URL;
  /** The secret that both sides have. */
  secret: Secret;
  /** Names the message: the same however often it is sent, by this call or by a later one. */
  id: string;
  /** JSON text, sent as it is. */
  body: string;
}

/** How {@link callSignedApi} calls. */
export interface SignedCallOptions {
  /** How long one attempt may take, answer included, in milliseconds. Defaults to 30 000. */
  timeoutMs?: number;
  /** How many attempts may follow the first. Defaults to 3. */
  maxRetries?: number;
  /** The wait before the first retry, in milliseconds; it doubles each time. Defaults to 1000. */
  initialDelayMs?: number;
  /** The longest wait, also when the service asks for more, in milliseconds. Defaults to 60 000. */
  maxDelayMs?: number;
  /** Ends waits between attempts; an attempt that runs is not cut off. */
  signal?: AbortSignal | undefined;
  /** Called before each wait, for the log. */
  onRetry?: (notice: RetryNotice) => void;
  /** The clock of the signatures. Defaults to the system's. */
  now?: () => Date;
  /** The wait itself, for tests. Defaults to core's `delay`. */
  sleep?: typeof delay;
}

/**
 * Posts a message, signed by the Standard Webhooks specification, until the service has taken it.
 *
 * 408, 425, 429, any 5xx, timeouts and lost connections are tried again, after the wait that
 * `Retry-After` names or a growing one of our own; id and body stay the same, time and signature
 * are made anew. Any 2xx is a success. Certificates are verified, redirects are not followed.
 *
 * @throws OpsdeckError with the code `CALL_REFUSED` for a 3xx or another 4xx, which no retry can
 * change; NetworkError or RateLimitError when the last attempt failed too: the message may have
 * arrived nevertheless, so that it must be sent under the same id; ConfigurationError when the
 * secret is unusable, the certificate is not accepted (`TLS_CERTIFICATE`) or Deno lacks the
 * permission.
 */
export async function callSignedApi(
  call: SignedCall,
  options: SignedCallOptions = {},
): Promise<void> {
  const { timeoutMs = 30_000, maxRetries = 3, initialDelayMs = 1000, maxDelayMs = 60_000 } =
    options;
  signingKey(call.secret); // a secret that is no key is no trouble of the network
  const attempt = retryWithBackoff({
    maxRetries,
    initialDelayMs,
    maxDelayMs,
    jitter: 0.2,
    signal: options.signal,
    sleep: options.sleep ?? delay,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
  })(() => postOnce(call, timeoutMs, options.now ?? (() => new Date())));
  await attempt();
}

async function postOnce(call: SignedCall, timeoutMs: number, now: () => Date): Promise<void> {
  const { address, secret, id, body } = call;
  const service = serviceName(address);
  const onTimeout = () =>
    new NetworkError(`Cannot deliver to ${service} as it has not answered in ${timeoutMs} ms`, {
      code: "TIMEOUT",
      context: { service },
    });
  try {
    const error = await withDeadline(async (signal) => {
      const response = await fetch(address, {
        method: "POST",
        redirect: "manual",
        headers: {
          "content-type": "application/json",
          "user-agent": `opsdeck/${version}`,
          ...signPayload({ id, body, timestamp: now() }, secret),
        },
        body,
        signal,
      });
      return await answerError(response, service, now());
    }, { ms: timeoutMs, onTimeout });
    if (error !== undefined) throw error;
  } catch (error) {
    throw transportError(error, address);
  }
}
