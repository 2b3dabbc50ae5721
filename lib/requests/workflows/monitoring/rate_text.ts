/** Rates and times as the reports for people show them. */

import type { DistrictIssue } from "./integration_report.ts";

/**
 * Writes a rate with one decimal, such as `97.5 %`; `-` for none. A rate that is not quite 0 or 1
 * never reads as if it were.
 */
export function rateText(rate: number | null): string {
  if (rate === null) return "-";
  const tenths = Math.round(rate * 1000);
  const shown = rate > 0 && rate < 1 ? Math.min(999, Math.max(1, tenths)) : tenths;
  return `${(shown / 10).toFixed(1)} %`;
}

/** Writes an ISO time to the minute, in UTC; `-` for none. */
export function timeText(time: string | null): string {
  return time === null ? "-" : time.slice(0, 16).replace("T", " ");
}

/** Says why a district has an issue. */
export function reasonsText({ reasons }: DistrictIssue): string {
  return reasons.map((reason) => reasonTexts[reason]).join(", ");
}

const reasonTexts = { last_failed: "the last one failed", failure_rate: "fails often" };
