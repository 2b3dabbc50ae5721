/** What the PostgreSQL driver is told, all of it, so that it looks for nothing in the environment. */

import type { Socket } from "node:net";
import { type ConnectionTarget, describeAddress } from "./connection_target.ts";
import { defaultQueryTimeoutMs } from "./driver.ts";
import { postgresTypes } from "./postgres_types.ts";

/** What a connection hears from its driver. */
export interface DriverEvents {
  /** Opens the socket; called again when the driver would reconnect. */
  openSocket: () => Promise<Socket>;
  /** The connection has ended. */
  onClose: () => void;
  /** A NOTIFY came. */
  onNotify: (channel: string, payload: string) => void;
}

/**
 * Makes the options of a driver that has one connection and keeps it until told.
 *
 * Every option is given, as one that is missing is read from `PG…` variables. Only
 * `PGTARGETSESSIONATTRS` cannot be kept out; the scripts' permission sets hide it.
 */
export function postgresDriverOptions(target: ConnectionTarget, events: DriverEvents) {
  return {
    host: target.host,
    port: target.port,
    // Only shown in the driver's messages, as the socket is ours.
    path: describeAddress(target),
    database: target.database,
    user: target.username ?? "",
    // A function, as an empty password would be read from PGPASSWORD.
    pass: () => target.password?.reveal() ?? "",
    ssl: false,
    sslnegotiation: null,
    socket: events.openSocket,
    max: 1,
    max_pipeline: 100,
    max_lifetime: null,
    idle_timeout: undefined,
    connect_timeout: 0,
    backoff: () => 0,
    keep_alive: 60,
    prepare: true,
    debug: false,
    // The question of the array types has nobody to catch its failure.
    fetch_types: false,
    publications: "alltables",
    types: postgresTypes,
    onclose: events.onClose,
    onnotify: events.onNotify,
    onnotice: () => {},
    onparameter: () => {},
    connection: {
      application_name: target.applicationName ?? "opsdeck",
      DateStyle: "ISO",
      TimeZone: "UTC",
      ...(target.startupOptions === undefined ? {} : { options: target.startupOptions }),
      ...(target.behindPooler ? {} : {
        statement_timeout: defaultQueryTimeoutMs,
        // A plan made while a table was nearly empty would be kept when it has grown.
        plan_cache_mode: "force_custom_plan",
        ...target.sessionSettings,
      }),
    },
  };
}
