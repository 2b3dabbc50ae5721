/** Making a database on the embedded server. */

import { OpsdeckError } from "../core/mod.ts";
import type { ConnectionTarget } from "./connection_target.ts";
import { openDriver } from "./open_driver.ts";

/** Two that create at the same moment meet as one of these. */
const existsAlready = ["42P04", "23505"];

/** Creates the target's PostgreSQL database, unless it is there. */
export async function createDatabase(target: ConnectionTarget): Promise<void> {
  await using driver = await openDriver({ ...target, database: "postgres" }, { maxConnections: 1 });
  try {
    await driver.query(`create database "${target.database.replaceAll('"', '""')}"`);
  } catch (error) {
    const sqlstate = error instanceof OpsdeckError ? error.context["sqlstate"] : undefined;
    if (typeof sqlstate === "string" && existsAlready.includes(sqlstate)) return;
    throw error;
  }
}

/** Whether an error says that the database does not exist. */
export function isUnknownDatabase(error: unknown): boolean {
  return error instanceof OpsdeckError && error.context["sqlstate"] === "3D000";
}
