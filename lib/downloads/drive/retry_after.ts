/** The `Retry-After` header. */

const longestMs = 24 * 3_600_000;

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3), seconds or a date, in milliseconds from now; at most a
 * day, undefined when it is missing or neither.
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestMs);
}
