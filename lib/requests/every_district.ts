/** The districts that have requests. */

import { type DatabaseSession, type Dialect, retryRead } from "../database/mod.ts";

/**
 * Writes a query that gives every district of which there is a request as the column `value`; with
 * `after`, a parameter, those with greater ids. Its type is said, as a server takes that of the
 * column else, and a site's own may be narrower.
 *
 * PostgreSQL would read a whole index for `distinct`. This takes one seek a district: two million
 * requests of a thousand districts take 15 ms instead of 200, and the estimated cost stays so low
 * that the server does not compile the statement first, which takes longer than to run it.
 */
export function everyDistrict(dialect: Dialect, after?: `$${number}`): string {
  const where = after === undefined ? "" : `where q."DistrictID" > cast(${after} as bigint)`;
  if (dialect === "sqlserver") {
    return `select distinct q."DistrictID" as "value" from "DataRequest" q ${where}`;
  }
  return `
    with recursive "Districts" as (
      (
        select q."DistrictID" as "value" from "DataRequest" q ${where}
        order by q."DistrictID"
        limit 1
      )
      union all
      select (
        select q."DistrictID" from "DataRequest" q
        where q."DistrictID" > d."value"
        order by q."DistrictID"
        limit 1
      )
      from "Districts" d
      where d."value" is not null
    )
    select "value" from "Districts" where "value" is not null`;
}

/** Reads the districts that come after one, `count` at most, by id. */
export async function nextDistricts(
  session: DatabaseSession,
  after: number,
  count: number,
  options: { signal?: AbortSignal | undefined },
): Promise<number[]> {
  const statement = `
select d."value"
from (${everyDistrict(session.dialect, "$1")}) d
order by d."value"
offset 0 rows fetch next ($2) rows only`;
  const rows = await retryRead(
    () => session.query<{ value: number }>(statement, [after, count], options),
    options,
  );
  return rows.map(({ value }) => value);
}
