/** The latest requests of districts. */

import { ValidationError } from "../core/mod.ts";
import { type DatabaseSession, type Dialect, listItems, retryRead } from "../database/mod.ts";
import { everyDistrict } from "./every_district.ts";
import { prefixPattern } from "./like_pattern.ts";
import { checkChosenIds, distinctIds } from "./request_ids.ts";
import { type RequestRow, requestStatus } from "./request_row.ts";

/** Which requests are looked for; all that is given must hold. An empty list finds nothing. */
export interface RequestCriteria {
  /** The ids of types. Defaults to all types. */
  typeIds?: readonly number[] | undefined;
  /** What the names of types begin with, whatever the case. Defaults to all types. */
  typeNames?: readonly string[] | undefined;
  /** The ids of districts. Defaults to all districts. */
  districtIds?: readonly number[] | undefined;
  /** Statuses, 1 to 6. Defaults to completed and failed, `[4, 5]`. */
  statuses?: readonly number[] | undefined;
}

/**
 * Finds the latest request of each district and type among those that meet all criteria: the last
 * by `RequestTime`, and by `RequestID` where times are equal. Ordered by district and type name
 * (reference: requests, find_requests).
 *
 * One seek in the index `IX_DataRequest_Latest` for each district, type and status, so the cost
 * does not grow with the number of requests; SQL Server reads the index once for all districts.
 *
 * @throws ValidationError when an id or status is out of its range.
 * @throws DatabaseConnectionError when the server cannot be reached.
 */
export async function findRequests(
  session: DatabaseSession,
  criteria: RequestCriteria = {},
  options: { signal?: AbortSignal | undefined } = {},
): Promise<RequestRow[]> {
  checkCriteria(criteria);
  return await findLatest(session, criteria, options);
}

/** @throws ValidationError when an id or status is out of its range. */
export function checkCriteria({ districtIds, typeIds, statuses }: RequestCriteria): void {
  checkChosenIds(districtIds ?? [], "district id");
  checkChosenIds(typeIds ?? [], "type id");
  checkStatuses(statuses ?? []);
}

/** Finds what {@link findRequests} finds; the ids may be any that the database has. */
export async function findLatest(
  session: DatabaseSession,
  criteria: RequestCriteria,
  options: { signal?: AbortSignal | undefined },
): Promise<RequestRow[]> {
  const { text, parameters } = findStatement(session.dialect, criteria);
  return await retryRead(() => session.query<RequestRow>(text, parameters, options), options);
}

/** A statement with its parameters. */
interface Statement {
  text: string;
  parameters: unknown[];
}

function findStatement(dialect: Dialect, criteria: RequestCriteria): Statement {
  const { typeIds, typeNames, districtIds } = criteria;
  const { statuses = [requestStatus.completed, requestStatus.failed] } = criteria;
  const parameters: unknown[] = [];
  const list = (items: readonly unknown[], kind: "bigint" | "text"): string => {
    parameters.push(items);
    return listItems(dialect, `$${parameters.length}`, kind);
  };

  const districts = districtIds === undefined
    ? everyDistrict(dialect)
    : list(distinctIds(districtIds, "district id").ids, "bigint");
  const wanted = list([...new Set(statuses)], "bigint");
  const conditions: string[] = [];
  if (typeIds !== undefined) {
    const ids = list(distinctIds(typeIds, "type id").ids, "bigint");
    conditions.push(`t."DataRequestTypeID" in (${ids})`);
  }
  if (typeNames !== undefined) {
    const patterns = list(typeNames.map(prefixPattern), "text");
    conditions.push(
      `exists (select 1 from (${patterns}) p where lower(t."Name") like lower(p."value") escape '\\')`,
    );
  }
  // Nulls are the lowest values for SQL Server; PostgreSQL must be told.
  const latest = dialect === "postgresql" ? "desc nulls last" : "desc";
  const forEach = dialect === "postgresql" ? "cross join lateral" : "cross apply";
  const text = `
with "Ranked" as (
  select r.*, t."Name" as "DataRequestTypeName",
    row_number() over (
      partition by r."DistrictID", r."DataRequestTypeID"
      order by r."RequestTime" ${latest}, r."RequestID" desc
    ) as "Rank"
  from (${districts}) d
  cross join "DataRequestType" t
  cross join (${wanted}) s
  ${forEach} (
    select q."RequestID", q."DistrictID", q."DataRequestTypeID", q."ImportedFileName", q."Status",
      q."RequestTime"
    from "DataRequest" q
    where q."DistrictID" = d."value"
      and q."DataRequestTypeID" = t."DataRequestTypeID"
      and q."Status" = cast(s."value" as int)
    order by q."RequestTime" ${latest}, q."RequestID" desc
    offset 0 rows fetch next 1 rows only
  ) r
  ${conditions.length === 0 ? "" : `where ${conditions.join("\n    and ")}`}
)
select "RequestID", "DistrictID", "DataRequestTypeID", "DataRequestTypeName", "ImportedFileName",
  "Status", "RequestTime"
from "Ranked"
where "Rank" = 1
order by "DistrictID", "DataRequestTypeName", "DataRequestTypeID"`;
  return { text, parameters };
}

function checkStatuses(statuses: readonly number[]): void {
  for (const status of statuses) {
    if (!Object.values<number>(requestStatus).includes(status)) {
      throw new ValidationError(
        `Cannot find requests of the status ${status} as there is none; ` +
          "use 1 (pending) to 6 (cancelled)",
      );
    }
  }
}
