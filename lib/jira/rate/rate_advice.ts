/**
 * What an answer says about rate limits.
 *
 * Sources: developer.atlassian.com, "Rate limiting" (Cloud: `Retry-After`, `X-RateLimit-*`,
 * `RateLimit-Reason`, `Beta-RateLimit`); confluence.atlassian.com, "Improving instance stability
 * with rate limiting" (Data Center: `X-RateLimit-FillRate`, `-Interval-Seconds` on every answer).
 */

import { retryAfterMs } from "../../core/mod.ts";

/** What a server said about its limits; what it did not say is left out. */
export interface RateAdvice {
  /** `RateLimit-Reason`: which limit was met, such as `jira-burst-based`. */
  reason?: string;
  /** How long to wait before the next request, in milliseconds: not limited to anything sane. */
  retryAfterMs?: number;
  /** Less than a fifth of the limit is left. */
  isNearLimit: boolean;
  /** How many requests are left until the limit is met. */
  remaining?: number;
  /** How long until the limit is filled up again, in milliseconds. */
  resetInMs?: number;
  /** How many requests a second a token bucket is filled up with (Data Center). */
  fillPerSecond?: number;
}

/** Reads the headers of an answer; `now` is the clock for dates when the server sends none. */
export function readRateAdvice(headers: Headers, now: number): RateAdvice {
  const serverNow = dateOf(headers.get("date")) ?? now;
  const reason = headers.get("ratelimit-reason") ?? undefined;
  // Zero is what Data Center says when all is well.
  const waitMs = retryAfterMs(headers.get("retry-after"), new Date(serverNow)) || undefined;
  const quota = readQuota(headers.get("beta-ratelimit"));
  const remaining = quota?.remaining ?? numberOf(headers.get("x-ratelimit-remaining"));
  const reset = dateOf(headers.get("x-ratelimit-reset"));
  const resetInMs = quota?.resetInMs ??
    (reset === undefined ? undefined : Math.max(0, reset - serverNow));
  const fill = numberOf(headers.get("x-ratelimit-fillrate"));
  const seconds = numberOf(headers.get("x-ratelimit-interval-seconds"));
  return {
    isNearLimit: headers.get("x-ratelimit-nearlimit")?.toLowerCase() === "true",
    ...(reason === undefined ? {} : { reason }),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetInMs === undefined ? {} : { resetInMs }),
    ...(fill && seconds ? { fillPerSecond: fill / seconds } : {}),
  };
}

/** `"tenant-app-quota";r=17842;t=2107`: the requests left, and the seconds until there are more. */
function readQuota(text: string | null): { remaining: number; resetInMs: number } | undefined {
  const remaining = numberOf(/;\s*r=(\d+)/.exec(text ?? "")?.[1] ?? null);
  const seconds = numberOf(/;\s*t=(\d+)/.exec(text ?? "")?.[1] ?? null);
  if (remaining === undefined || seconds === undefined) return undefined;
  return { remaining, resetInMs: seconds * 1000 };
}

function numberOf(text: string | null): number | undefined {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function dateOf(text: string | null): number | undefined {
  const time = text === null || numberOf(text) !== undefined ? NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
