/** The queue's database, as the scripts open it. */

import { ConfigManager } from "../core/mod.ts";
import { DatabaseManager } from "../database/mod.ts";

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
}

/** Makes the manager of the database `rpa_db`; nothing is opened before it is used. */
export function openQueueDatabase(options: QueueDatabaseOptions = {}): DatabaseManager {
  const { flowName, applicationName, notice, maxConnections = 4 } = options;
  return new DatabaseManager("rpa_db", {
    config: new ConfigManager(flowName),
    maxConnections,
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
