/** How a script connects to the embedded server. */

import { ConfigurationError, howToStart } from "../../core/mod.ts";
import type { ConnectionTarget } from "../connection_target.ts";
import { type EmbeddedServer, readDescription } from "./server_description.ts";
import { probePort } from "./server_port.ts";

/**
 * Gives the connection to a database of the running embedded server; needs to read OPSDECK_HOME
 * alone. The database itself need not exist.
 *
 * @throws ConfigurationError, which says how to start it, when no server runs.
 */
export async function embeddedTarget(database: string): Promise<ConnectionTarget> {
  const server = await readDescription();
  if (server === undefined || !await answers(server)) throw notRunning(database);
  const { host, port, username, password } = server;
  return {
    dialect: "postgresql",
    host,
    port,
    database,
    username,
    password,
    // It listens on the loopback interface only, and has no certificate.
    tls: { mode: "disable" },
  };
}

async function answers({ port }: EmbeddedServer): Promise<boolean> {
  try {
    return await probePort(port) === "postgres";
  } catch (error) {
    // The connection itself will say which permission is missing.
    if (error instanceof Deno.errors.NotCapable) return true;
    throw error;
  }
}

function notRunning(database: string): ConfigurationError {
  return new ConfigurationError(
    `Cannot connect to the database "${database}" as the embedded PostgreSQL is not running; ` +
      `start it with: ${howToStart("db:start", "database start")}`,
    { code: "EMBEDDED_NOT_RUNNING" },
  );
}
