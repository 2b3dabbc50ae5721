/** What a monitoring is told, and what it has counted, as its run keeps it. */

import { foreignParameters, isListOf, isNumber, isText } from "../kept_values.ts";
import type { DayActivity, DistrictActivity, RequestCounts } from "./read_activity.ts";

/** The parameters of a monitoring, and its counts: a resumed one does not count again. */
export interface MonitoringParameters extends Record<string, unknown> {
  /** What the names of the types begin with. */
  integration_types: string[];
  /** Those of them that no type's name begins with. */
  unknown_types: string[];
  /** The beginning of the time looked at, ISO 8601. */
  since: string;
  /** Its end, which is when the requests were counted, ISO 8601. */
  until: string;
  /** How many days lie between. */
  days_back: number;
  /** The failure rate from which a district has an issue. */
  issue_rate: number;
  /** The page's file, as an absolute path; null when none is wanted. */
  html: string | null;
  /** The counts by type and district. */
  districts: DistrictActivity[];
  /** The counts by type and day. */
  days: DayActivity[];
}

/**
 * Reads the parameters of a run.
 *
 * @throws ValidationError when they are not those of a monitoring.
 */
export function parseMonitoringParameters(value: Record<string, unknown>): MonitoringParameters {
  const { integration_types, unknown_types, since, until, days_back, issue_rate, html } = value;
  const { districts, days } = value;
  if (
    isListOf(integration_types, isText) && isListOf(unknown_types, isText) && isText(since) &&
    isText(until) && isNumber(days_back) && isNumber(issue_rate) && isTextOrNull(html) &&
    isListOf(districts, isDistrictActivity) && isListOf(days, isDayActivity)
  ) {
    return {
      integration_types,
      unknown_types,
      since,
      until,
      days_back,
      issue_rate,
      html,
      districts,
      days,
    };
  }
  throw foreignParameters("a monitoring");
}

const countNames = ["total", "completed", "failed", "cancelled", "unfinished"] as const;

function isDistrictActivity(value: unknown): value is DistrictActivity {
  return isCounts(value) && "DistrictID" in value && isNumber(value.DistrictID) &&
    "last_completed" in value && isTextOrNull(value.last_completed) &&
    "last_failed" in value && isTextOrNull(value.last_failed);
}

function isDayActivity(value: unknown): value is DayActivity {
  return isCounts(value) && "day" in value && isText(value.day);
}

/** Counts of a type. */
function isCounts(value: unknown): value is RequestCounts {
  if (typeof value !== "object" || value === null) return false;
  const fields: Partial<Record<string, unknown>> = { ...value };
  return isNumber(fields["DataRequestTypeID"]) && isText(fields["DataRequestTypeName"]) &&
    countNames.every((name) => isNumber(fields[name]));
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || isText(value);
}
