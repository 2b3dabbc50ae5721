/** Counting the requests of the last days in the database. */

import { type DatabaseSession, type Dialect, listItems, retryRead } from "../../../database/mod.ts";
import { prefixPattern } from "../../like_pattern.ts";
import { requestStatus } from "../../request_row.ts";

/** How many requests of a group came to what. */
export interface RequestCounts {
  /** All of them. */
  total: number;
  /** Those that were imported. */
  completed: number;
  /** Those that failed. */
  failed: number;
  /** Those that were cancelled. */
  cancelled: number;
  /** Those that are pending, queued or processing, or have no status. */
  unfinished: number;
}

/** The requests of a type and a district. */
export interface DistrictActivity extends RequestCounts {
  /** The type's id. */
  DataRequestTypeID: number;
  /** The type's name. */
  DataRequestTypeName: string;
  /** The district. */
  DistrictID: number;
  /** The time of the last request that was imported, ISO 8601; null when none was. */
  last_completed: string | null;
  /** The time of the last request that failed, ISO 8601; null when none did. */
  last_failed: string | null;
}

/** The requests of a type on a day. */
export interface DayActivity extends RequestCounts {
  /** The type's id. */
  DataRequestTypeID: number;
  /** The type's name. */
  DataRequestTypeName: string;
  /** The day in UTC, as `2026-11-21`. */
  day: string;
}

/** What happened since a time. It can be written as JSON as it is. */
export interface Activity {
  /** By type and district, ordered by both. */
  districts: DistrictActivity[];
  /** By type and day, ordered by both. */
  days: DayActivity[];
}

/** Of which types, and since when. */
export interface ActivityCriteria {
  /** What the names of types begin with, whatever the case. */
  typeNames: readonly string[];
  /** The earliest time of a request. */
  since: Date;
}

/**
 * Counts requests by type and district, and by type and day, in one statement that reads the index
 * `IX_DataRequest_Recent` once. What comes over the line does not grow with the requests.
 *
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function readActivity(
  session: DatabaseSession,
  { typeNames, since }: ActivityCriteria,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<Activity> {
  const parameters = [typeNames.map(prefixPattern), since];
  const groups = await retryRead(
    () => session.query<GroupRow>(activityStatement(session.dialect), parameters, options),
    options,
  );
  return {
    districts: groups.flatMap(({ DistrictID, day: _, last_completed, last_failed, ...group }) =>
      DistrictID === null ? [] : [{
        ...group,
        DistrictID,
        last_completed: last_completed?.toISOString() ?? null,
        last_failed: last_failed?.toISOString() ?? null,
      }]
    ),
    days: groups.flatMap(({ day, DistrictID: _, last_completed: _c, last_failed: _f, ...group }) =>
      day === null ? [] : [{ ...group, day }]
    ),
  };
}

interface GroupRow extends RequestCounts, Record<string, unknown> {
  DataRequestTypeID: number;
  DataRequestTypeName: string;
  DistrictID: number | null;
  day: string | null;
  last_completed: Date | null;
  last_failed: Date | null;
}

function activityStatement(dialect: Dialect): string {
  const isPostgres = dialect === "postgresql";
  const utc = isPostgres ? `r."RequestTime" at time zone 'UTC'` : 'r."RequestTime"';
  const since = `cast($2 as ${isPostgres ? "timestamptz(3)" : "datetime2(3)"})`;
  const { completed, failed, cancelled } = requestStatus;
  const count = (status: number) => `count(case when "Status" = ${status} then 1 end)`;
  const last = (status: number) => `max(case when "Status" = ${status} then "RequestTime" end)`;
  return `
with "Recent" as (
  select t."DataRequestTypeID", t."Name", r."DistrictID", r."Status", r."RequestTime",
    cast(cast(${utc} as date) as varchar(10)) as "Day"
  from "DataRequestType" t
  join "DataRequest" r on r."DataRequestTypeID" = t."DataRequestTypeID"
  where r."RequestTime" >= ${since}
    and exists (
      select 1 from (${listItems(dialect, "$1", "text")}) p
      where lower(t."Name") like lower(p."value") escape '\\'
    )
)
select "DataRequestTypeID", "Name" as "DataRequestTypeName", "DistrictID", "Day" as "day",
  count(*) as "total",
  ${count(completed)} as "completed",
  ${count(failed)} as "failed",
  ${count(cancelled)} as "cancelled",
  count(case when "Status" in (${completed}, ${failed}, ${cancelled}) then null else 1 end)
    as "unfinished",
  ${last(completed)} as "last_completed",
  ${last(failed)} as "last_failed"
from "Recent"
group by grouping sets (
  ("DataRequestTypeID", "Name", "DistrictID"),
  ("DataRequestTypeID", "Name", "Day")
)
order by "Name", "DataRequestTypeID", "DistrictID", "Day"`;
}
