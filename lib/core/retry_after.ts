/** How long an overloaded service asks its clients to stay away: the `Retry-After` header. */

/**
 * Reads a `Retry-After` header, which holds seconds or a date (RFC 9110 §10.2.3), and gives
 * milliseconds from `now` on: 0 for a time that is over, undefined when it holds neither. Nothing
 * bounds what a service asks for: whoever waits does.
 */
export function retryAfterMs(header: string | null, now: Date): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Every form of an HTTP date begins with the day of the week; Date.parse takes far more.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i.test(text)) return undefined;
  // The oldest form names no zone and means GMT all the same.
  const time = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now.getTime());
}
