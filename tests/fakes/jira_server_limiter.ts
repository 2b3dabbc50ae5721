/** A burst limiter: a token bucket for each endpoint with its method. */

import { errorAnswer } from "./jira_server_answers.ts";

/** How much an endpoint lets through. */
export interface BurstLimit {
  /** How many requests at once. */
  capacity: number;
  /** How many more a second. */
  perSecond: number;
  /** Whether a refusal says when to come again. Defaults to true. */
  namesWait?: boolean;
  /** What `Retry-After` says instead of the time until there is room. */
  retryAfter?: string;
}

/** Counts requests by endpoint and refuses those that are too many. */
export class BurstLimiter {
  readonly #limit: BurstLimit | undefined;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Makes a limiter; without a limit it lets everything through. */
  constructor(limit: BurstLimit | undefined) {
    this.#limit = limit;
  }

  /** Counts a request; gives the 429 when it is one too many. */
  check(line: string): Response | undefined {
    if (this.#limit === undefined) return undefined;
    const { capacity, perSecond, namesWait = true, retryAfter } = this.#limit;
    const endpoint = line.replace(/\/issue\/[A-Z]+-\d+/, "/issue/*");
    const now = performance.now();
    const bucket = this.#buckets.get(endpoint) ?? { tokens: capacity, at: now };
    const filled = bucket.tokens + ((now - bucket.at) / 1000) * perSecond;
    bucket.tokens = Math.min(capacity, filled);
    bucket.at = now;
    this.#buckets.set(endpoint, bucket);
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return undefined;
    }
    const seconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    return errorAnswer(429, "Rate limit exceeded", {
      "ratelimit-reason": "jira-burst-based",
      ...(namesWait ? { "retry-after": retryAfter ?? String(seconds) } : {}),
    });
  }
}
