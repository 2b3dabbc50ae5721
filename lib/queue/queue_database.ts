/** The queue's database, as the scripts open it. */

import { ConfigManager } from "../core/mod.ts";
import { type ConnectionTarget, DatabaseManager } from "../database/mod.ts";

/** How to open the queue's database. */
export interface QueueDatabaseOptions {
  /** Looks settings up for this flow first. */
  flowName?: string | undefined;
  /** What the server shows the connections as. */
  applicationName?: string;
  /** Hears what the operator should know, such as that the embedded database is used. */
  notice?: (text: string) => void;
  /** Connections at most. Defaults to 4. */
  maxConnections?: number;
  /** Where the database is, in the place of what the configuration says. */
  target?: ConnectionTarget;
  /** Aborted to give up waiting for a connection; what runs goes on. */
  connectSignal?: AbortSignal | undefined;
}

/**
 * Settings of a session that does nothing but claim and end claims: each statement is planned once,
 * and by the indexes, since a plan that was made while the table was small would be kept when a
 * million records are there. About a quarter faster than planning each claim anew.
 */
const claimSessionSettings = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  jit: "off",
};

/**
 * Makes the manager of the database `rpa_db` for a worker: as {@link openQueueDatabase}, in sessions
 * that are set up for claiming and slow for reports.
 */
export function openWorkerDatabase(options: QueueDatabaseOptions = {}): DatabaseManager {
  return makeManager(options, claimSessionSettings);
}

/** Makes the manager of the database `rpa_db`; nothing is opened before it is used. */
export function openQueueDatabase(options: QueueDatabaseOptions = {}): DatabaseManager {
  return makeManager(options);
}

function makeManager(
  options: QueueDatabaseOptions,
  sessionSettings?: Readonly<Record<string, string>>,
): DatabaseManager {
  const { flowName, applicationName, notice, maxConnections = 4, target, connectSignal } = options;
  return new DatabaseManager("rpa_db", {
    config: new ConfigManager(flowName),
    maxConnections,
    connectSignal,
    ...(target === undefined ? {} : { target }),
    ...(sessionSettings === undefined ? {} : { sessionSettings }),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(notice === undefined ? {} : { notice }),
  });
}

/** Makes the manager of the source database when one is configured; health looks at it. */
export function openSourceDatabase(): DatabaseManager | undefined {
  const config = new ConfigManager();
  const isSet = config.lookup("SurveyHub_CONNECTION_STRING", { secret: true }) !== undefined;
  return isSet ? new DatabaseManager("SurveyHub", { config, maxConnections: 1 }) : undefined;
}
