/** Whether the tables of data requests can be read. */

import { OpsdeckError } from "../core/mod.ts";
import type { DatabaseSession } from "../database/mod.ts";
import { explainRequestError } from "./request_database.ts";

const statements = [
  'select "RequestID", "DistrictID", "Status" from "DataRequest" where 1 = 0',
  'select "DataRequestTypeID", "Name" from "DataRequestType" where 1 = 0',
  'select "DataRequestChecksumID", "RequestID" from "DataRequestChecksum" where 1 = 0',
];

/** Says what a read of the tables, or of the views in their place, runs into; undefined if nothing. */
export async function checkRequestTables(
  session: DatabaseSession,
): Promise<{ found: string } | undefined> {
  try {
    for (const statement of statements) await session.query(statement);
    return undefined;
  } catch (error) {
    const explained = explainRequestError(error);
    if (explained instanceof OpsdeckError && explained.code === "SCHEMA_MISSING") {
      return { found: explained.message };
    }
    throw error;
  }
}
