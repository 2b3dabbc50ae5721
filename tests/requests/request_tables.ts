/** The requests' tables in a fresh database, with what a test puts into them. */

import { DatabaseManager, type Dialect } from "../../lib/database/mod.ts";
import { migrateRequests } from "../../lib/requests/mod.ts";
import { type DialectDatabase, dialectDatabase } from "../support/both_dialects.ts";

/** A request to put in. */
export interface GivenRequest {
  /** Its id. */
  id: number;
  /** Its district. Defaults to 1. */
  district?: number;
  /** Its type's id. Defaults to 1. */
  type?: number;
  /** Its status. Defaults to 4, completed. */
  status?: number | null;
  /** When it was requested, as an ISO time. */
  at?: string | null;
  /** The keys of its checksums. */
  checksums?: string[];
}

/** The tables of a test. */
export interface RequestTables extends AsyncDisposable, DialectDatabase {
  /** The library's way to them. */
  readonly manager: DatabaseManager;
  /** Adds types, with ids from 1. */
  addTypes(...names: string[]): Promise<void>;
  /** Adds requests. */
  addRequests(...requests: GivenRequest[]): Promise<void>;
  /** Reads statuses by id, checksums and runs. */
  read(): Promise<{ statuses: unknown[]; checksums: unknown[]; runs: unknown[] }>;
}

/** Makes the tables behind either kind of server. */
export async function requestTables(dialect: Dialect): Promise<RequestTables> {
  const database = await dialectDatabase(dialect);
  const manager = new DatabaseManager("SurveyHub", { target: database.target });
  await migrateRequests(manager);
  const { sql } = database.postgres;
  return {
    ...database,
    manager,
    async addTypes(...names) {
      for (const [index, Name] of names.entries()) {
        const DataRequestTypeID = index + 1;
        await sql`insert into "DataRequestType" ${
          sql({ DataRequestTypeID, Name, SftpDirectory: `/in/${index}`, ProcessedDirectory: "/p" })
        }`;
      }
    },
    async addRequests(...requests) {
      for (const { id, district = 1, type = 1, status = 4, at, checksums = [] } of requests) {
        await sql`insert into "DataRequest" ${
          sql({
            RequestID: id,
            DistrictID: district,
            DataRequestTypeID: type,
            ImportedFileName: `file_${id}.csv`,
            Status: status,
            RequestTime: at === undefined ? "2026-11-01T00:00:00Z" : at,
          })
        }`;
        for (const ChecksumKey of checksums) {
          await sql`insert into "DataRequestChecksum" ${
            sql({ RequestID: id, ChecksumKey, ChecksumValue: "x" })
          }`;
        }
      }
    },
    async read() {
      const statuses = await sql`
        select "RequestID"::int, "Status" from "DataRequest" order by 1`.values();
      const checksums = await sql`
        select "RequestID"::int, "ChecksumKey" from "DataRequestChecksum" order by 1, 2`.values();
      const runs = await sql`
        select "RequestID"::int, "RequestedBy", "Reason" from "DataRequestRun" order by 1`.values();
      return { statuses: [...statuses], checksums: [...checksums], runs: [...runs] };
    },
    async [Symbol.asyncDispose]() {
      await manager.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Registers a test for each kind of server. */
export function testRequests(name: string, work: (tables: RequestTables) => Promise<void>): void {
  for (const dialect of ["postgresql", "sqlserver"] as const) {
    Deno.test(`${name} (${dialect})`, async () => {
      await using tables = await requestTables(dialect);
      await work(tables);
    });
  }
}
