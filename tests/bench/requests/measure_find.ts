/** How finding requests grows with their number, and what it costs beside hand-written SQL. */

import { DatabaseManager } from "../../../lib/database/mod.ts";
import { findRequests, migrateRequests } from "../../../lib/requests/mod.ts";
import { testDatabase } from "../../support/postgres_server.ts";

/** What it took, in milliseconds: the median of many. */
export interface FindTimes {
  /** One district. */
  one: number;
  /** All districts. */
  all: number;
  /** All districts, by a statement written for this. */
  bareAll: number;
}

const bareSql = `
select distinct on (r."DistrictID", r."DataRequestTypeID")
  r."RequestID", r."DistrictID", r."DataRequestTypeID", t."Name" as "DataRequestTypeName",
  r."ImportedFileName", r."Status", r."RequestTime"
from "DataRequest" r
join "DataRequestType" t on t."DataRequestTypeID" = r."DataRequestTypeID"
where r."Status" in (4, 5)
order by r."DistrictID", r."DataRequestTypeID", r."RequestTime" desc nulls last, r."RequestID" desc`;

/** Measures over so many requests of 1,000 districts and 5 types. */
export async function measureFind(requests: number, rounds: number): Promise<FindTimes> {
  await using database = await testDatabase();
  await using manager = new DatabaseManager("SurveyHub", { target: database.target });
  await migrateRequests(manager);
  const { sql } = database;
  await sql`insert into "DataRequestType" select n, 'Type ' || n, '/in', '/out'
    from generate_series(1, 5) n`;
  await sql`insert into "DataRequest" ("DistrictID", "DataRequestTypeID", "ImportedFileName",
      "Status", "RequestTime")
    select n % 1000 + 1, n / 1000 % 5 + 1, 'file_' || n || '.csv', 1 + (n * 7 % 6),
      timestamptz '2026-01-01' + n * interval '5 seconds'
    from generate_series(1, ${requests}) n`;
  await sql`vacuum analyze "DataRequest"`;
  const all = await findRequests(manager);
  const bare = await manager.query(bareSql);
  if (all.length !== bare.length) {
    throw new Error(`Cannot compare as ${all.length} and ${bare.length} requests are found`);
  }
  let district = 0;
  return {
    one: await median(rounds * 10, () => findRequests(manager, { districtIds: [++district] })),
    all: await median(rounds, () => findRequests(manager)),
    bareAll: await median(rounds, () => manager.query(bareSql)),
  };
}

async function median(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
}
