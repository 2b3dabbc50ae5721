/** The `Retry-After` header, as far as a download obeys it. */

import { retryAfterMs as askedMs } from "../../core/mod.ts";

const longestMs = 24 * 3_600_000;

/** Reads `Retry-After` in milliseconds from now; at most a day, undefined when it says no time. */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const ms = askedMs(headers.get("retry-after"), new Date(nowMs));
  return ms === undefined ? undefined : Math.min(ms, longestMs);
}
