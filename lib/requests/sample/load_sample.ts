/** Loading the sample into the embedded database. */

import { ConfigManager, ConfigurationError } from "../../core/mod.ts";
import {
  type DatabaseManager,
  type DatabaseSession,
  databaseSettings,
} from "../../database/mod.ts";
import { migrateRequests } from "../migrate_requests.ts";
import { sampleChecksumKeys, type SampleRequest, sampleTypes } from "./sample_data.ts";

/**
 * Makes sure that the requests' database is the embedded one.
 *
 * @throws ConfigurationError when another one is configured: made-up data has no business there
 */
export function checkIsEmbedded(config: ConfigManager = new ConfigManager()): void {
  const settings = databaseSettings(config, "SurveyHub");
  if (settings.embedded) return;
  throw new ConfigurationError(
    `Cannot load sample data as ${settings.source} names a database of its own; unset it, so that ` +
      "the embedded PostgreSQL is used",
    { code: "NOT_EMBEDDED" },
  );
}

/** Tells whether there are requests already; the tables need not be there. */
export async function hasRequests(database: DatabaseManager): Promise<boolean> {
  const { applied } = await migrateRequests(database, { dryRun: true });
  if (applied.length > 0) return false;
  const rows = await database.query('select 1 as "one" from "DataRequest" limit 1');
  return rows.length > 0;
}

/** Makes the tables and replaces all that is in them by the sample, in one transaction. */
export async function loadSample(
  database: DatabaseManager,
  requests: readonly SampleRequest[],
  options: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await migrateRequests(database, options);
  await database.transaction(async (session) => {
    await session.execute(
      'truncate "DataRequestRun", "DataRequestChecksum", "DataRequest", "DataRequestType"',
    );
    await session.execute(insertTypes, [JSON.stringify(sampleTypes)]);
    await session.execute(insertRequests, [JSON.stringify(requests)]);
    await session.execute(insertChecksums, [sampleChecksumKeys]);
    await setNextIds(session);
  }, options);
}

const insertTypes = `
insert into "DataRequestType"
select *
from jsonb_to_recordset($1::text::jsonb) as given(
  "DataRequestTypeID" bigint, "Name" text, "SftpDirectory" text, "ProcessedDirectory" text)`;

const insertRequests = `
insert into "DataRequest"
  ("RequestID", "DistrictID", "DataRequestTypeID", "ImportedFileName", "Status", "RequestTime")
select *
from jsonb_to_recordset($1::text::jsonb) as given(
  "RequestID" bigint, "DistrictID" bigint, "DataRequestTypeID" bigint, "ImportedFileName" text,
  "Status" int, "RequestTime" timestamptz)`;

const insertChecksums = `
insert into "DataRequestChecksum" ("RequestID", "ChecksumKey", "ChecksumValue")
select r."RequestID", k.key, md5(r."ImportedFileName" || k.key)
from "DataRequest" r, unnest($1::text[]) as k(key)`;

/** The ids of the sample are given; those that come after them must not meet them. */
async function setNextIds(session: DatabaseSession): Promise<void> {
  await session.query(`
select
  setval(pg_get_serial_sequence('"DataRequestType"', 'DataRequestTypeID'),
    (select max("DataRequestTypeID") from "DataRequestType"))::int as "types",
  setval(pg_get_serial_sequence('"DataRequest"', 'RequestID'),
    (select max("RequestID") from "DataRequest"))::int as "requests"`);
}
