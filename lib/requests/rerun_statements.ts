/** The statements by which requests are run again, by dialect. */

import { type Dialect, listItems } from "../database/mod.ts";

/** Reads those of the ids `$1` that there are; locks their rows in the order of the ids. */
export function readRequests(dialect: Dialect, isLocking: boolean): string {
  const hint = isLocking && dialect === "sqlserver" ? "with (updlock, rowlock)" : "";
  return `
select "RequestID", "Status" as "previous_status"
from "DataRequest" ${hint}
where "RequestID" in (${listItems(dialect, "$1", "bigint")})
order by "RequestID"
${isLocking && dialect === "postgresql" ? "for update" : ""}`;
}

/** Counts the checksums of the requests `$1` by key; with `hasKeys` those of the keys `$2`. */
export function countChecksums(dialect: Dialect, hasKeys: boolean): string {
  return `
select "ChecksumKey", count(*) as "total"
from "DataRequestChecksum"
where ${checksumCondition(dialect, hasKeys)}
group by "ChecksumKey"`;
}

/** Deletes the checksums of the requests `$1`; with `hasKeys` those of the keys `$2`. */
export function deleteChecksums(dialect: Dialect, hasKeys: boolean): string {
  return `
delete from "DataRequestChecksum"
where ${checksumCondition(dialect, hasKeys)}`;
}

function checksumCondition(dialect: Dialect, hasKeys: boolean): string {
  const ofRequests = `"RequestID" in (${listItems(dialect, "$1", "bigint")})`;
  if (!hasKeys) return ofRequests;
  return `${ofRequests}
  and "ChecksumKey" in (${listItems(dialect, "$2", "text")})`;
}

/** Sets the requests `$1` to the status `$2`. */
export function setStatus(dialect: Dialect): string {
  return `
update "DataRequest"
set "Status" = $2
where "RequestID" in (${listItems(dialect, "$1", "bigint")})`;
}

/** Writes a run of each of the requests `$1`: by `$2`, at `$3`, with the reason `$4`. */
export function insertRuns(dialect: Dialect): string {
  return `
insert into "DataRequestRun" ("RequestID", "RequestedBy", "RequestedAt", "Reason")
select "RequestID", ${text(dialect, "$2")}, ${time(dialect, "$3")}, ${text(dialect, "$4")}
from "DataRequest"
where "RequestID" in (${listItems(dialect, "$1", "bigint")})`;
}

/** Counts the runs of the requests `$1` that were asked for by `$2` at `$3`. */
export function countRuns(dialect: Dialect): string {
  return `
select count(*) as "total"
from "DataRequestRun"
where "RequestID" in (${listItems(dialect, "$1", "bigint")})
  and "RequestedBy" = ${text(dialect, "$2")}
  and "RequestedAt" = ${time(dialect, "$3")}`;
}

/** PostgreSQL has no type for a parameter that stands alone. */
function text(dialect: Dialect, parameter: string): string {
  return dialect === "postgresql" ? `cast(${parameter} as text)` : parameter;
}

/** As exact as the column, so that it is found again. */
function time(dialect: Dialect, parameter: string): string {
  return `cast(${parameter} as ${dialect === "postgresql" ? "timestamptz(3)" : "datetime2(3)"})`;
}
