/** The tables of data requests, as numbered files under `schema/requests`, by dialect. */

import postgresDataRequests from "../../schema/requests/postgresql/0001_data_requests.sql" with {
  type: "text",
};
import sqlServerDataRequests from "../../schema/requests/sqlserver/0001_data_requests.sql" with {
  type: "text",
};
import type { Dialect, Migration } from "../database/mod.ts";

/** The name under which these migrations are recorded. */
export const requestsStore = "requests";

/** The migrations of each kind of server, in order; both define the same tables and columns. */
export const requestMigrations: Readonly<Record<Dialect, readonly Migration[]>> = {
  postgresql: [{ number: 1, name: "data_requests", sql: postgresDataRequests }],
  sqlserver: [{ number: 1, name: "data_requests", sql: sqlServerDataRequests }],
};
