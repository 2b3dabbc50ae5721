/** What the counts of recent requests say: rates, and the districts with issues. */

import type { Activity, RequestCounts } from "./read_activity.ts";

/** Counts with the shares of what came to an end. */
export interface RequestRates extends RequestCounts {
  /** Completed of completed and failed, from 0 to 1; null when none came to either. */
  success_rate: number | null;
  /** Failed of completed and failed, from 0 to 1; null when none came to either. */
  failure_rate: number | null;
}

/** The rates of a type. */
export interface TypeRates extends RequestRates {
  /** The type's id. */
  DataRequestTypeID: number;
  /** The type's name. */
  DataRequestTypeName: string;
}

/** The rates of a district in a type. */
export interface DistrictRates extends TypeRates {
  /** The district. */
  DistrictID: number;
  /** The time of the last request that was imported, ISO 8601; null when none was. */
  last_completed: string | null;
  /** The time of the last request that failed, ISO 8601; null when none did. */
  last_failed: string | null;
}

/** The rates of a type on a day. */
export interface DayRates extends TypeRates {
  /** The day in UTC, as `2026-11-21`. */
  day: string;
}

/** Why a district has an issue. */
export type IssueReason =
  /** Its last finished request of the type failed. */
  | "last_failed"
  /** Its failure rate is at or over the limit. */
  | "failure_rate";

/** A district with an issue in a type. */
export interface DistrictIssue extends DistrictRates {
  /** Why, at least one. */
  reasons: IssueReason[];
}

/** How the integrations did over the last days. */
export interface IntegrationReport {
  /** The beginning of the time looked at, ISO 8601. */
  since: string;
  /** Its end, when the report was made. */
  until: string;
  /** How many days lie between. */
  days_back: number;
  /** What the names of the types begin with. */
  integration_types: string[];
  /** Those of them that no type's name begins with. */
  unknown_types: string[];
  /** The failure rate from which a district has an issue. */
  issue_rate: number;
  /** All of it together. */
  totals: RequestRates;
  /** By type. */
  by_type: TypeRates[];
  /** By type and day in UTC; the first day is a part of a day. Days without requests are absent. */
  by_day: DayRates[];
  /** By type and district. */
  by_district: DistrictRates[];
  /** The districts with issues, the highest failure rates first. */
  issues: DistrictIssue[];
}

/** Adds the shares to counts. */
function withRates<T extends RequestCounts>(counts: T): T & RequestRates {
  const finished = counts.completed + counts.failed;
  return {
    ...counts,
    success_rate: finished === 0 ? null : counts.completed / finished,
    failure_rate: finished === 0 ? null : counts.failed / finished,
  };
}

/** Gives the rates of all, of each type, of each day and of each district. */
export function analyzeActivity({ districts, days }: Activity): Pick<
  IntegrationReport,
  "totals" | "by_type" | "by_day" | "by_district"
> {
  const types = Map.groupBy(districts, ({ DataRequestTypeID }) => DataRequestTypeID);
  return {
    totals: withRates(sumOf(districts)),
    by_type: [...types].map(([DataRequestTypeID, rows]) => ({
      DataRequestTypeID,
      DataRequestTypeName: rows[0]?.DataRequestTypeName ?? "",
      ...withRates(sumOf(rows)),
    })),
    by_day: days.map(withRates),
    by_district: districts.map(withRates),
  };
}

/** Names the districts whose last request failed, or that fail as often as `issueRate`. */
export function findIssues(
  districts: readonly DistrictRates[],
  issueRate: number,
): DistrictIssue[] {
  return districts
    .flatMap((district) => {
      const reasons = issueReasons(district, issueRate);
      return reasons.length === 0 ? [] : [{ ...district, reasons }];
    })
    .sort((a, b) =>
      (b.failure_rate ?? 0) - (a.failure_rate ?? 0) || b.failed - a.failed ||
      a.DistrictID - b.DistrictID || a.DataRequestTypeID - b.DataRequestTypeID
    );
}

function issueReasons(district: DistrictRates, issueRate: number): IssueReason[] {
  const { last_failed: failed, last_completed: completed, failure_rate: rate } = district;
  const reasons: IssueReason[] = [];
  // ISO times of one form sort as they are.
  if (failed !== null && (completed === null || failed > completed)) reasons.push("last_failed");
  if (rate !== null && rate > 0 && rate >= issueRate) reasons.push("failure_rate");
  return reasons;
}

function sumOf(rows: readonly RequestCounts[]): RequestCounts {
  const sum = { total: 0, completed: 0, failed: 0, cancelled: 0, unfinished: 0 };
  for (const row of rows) {
    sum.total += row.total;
    sum.completed += row.completed;
    sum.failed += row.failed;
    sum.cancelled += row.cancelled;
    sum.unfinished += row.unfinished;
  }
  return sum;
}
