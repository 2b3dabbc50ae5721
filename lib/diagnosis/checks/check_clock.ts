/** Whether this machine's clock agrees with a server's. */

import type { CheckFinding } from "../../core/mod.ts";

/** Receivers refuse a signed call whose time is further off (Standard Webhooks: five minutes). */
const failedFromMs = 300_000;

/** Claims, retries and journals are told apart by times of several machines. */
const warnedFromMs = 5_000;

/** Judges by the first of some findings that has the time of a server. */
export function checkClock(
  findings: readonly [name: string, finding: CheckFinding | undefined][],
): CheckFinding {
  const [name, finding] = findings.find(([, one]) => one?.clockAheadMs !== undefined) ?? [];
  const aheadMs = finding?.clockAheadMs;
  if (aheadMs === undefined) {
    return { status: "not_configured", found: "no server told its time to compare with" };
  }
  const offMs = Math.abs(aheadMs);
  const direction = aheadMs > 0 ? "behind" : "ahead of";
  const found = offMs < 1000
    ? `this machine's clock is within a second of that of ${name}`
    : `this machine's clock is ${(offMs / 1000).toFixed(1)} s ${direction} that of ${name}`;
  if (offMs < warnedFromMs) return { status: "ok", found };
  return {
    status: offMs < failedFromMs ? "warning" : "failed",
    found,
    advice: "let the clock be set by NTP (timedatectl set-ntp true)",
  };
}
