/** What the queue's scripts need beyond their permission sets, as narrow as is known. */

import { dirname, join } from "@std/path";
import {
  callerDirectory,
  ConfigManager,
  opsdeckHome,
  readEnvironmentVariable,
  resolveCallerPath,
} from "../core/mod.ts";
import { describeAddress } from "../database/mod.ts";
import { parseCommand } from "./exec_handler.ts";
import { openQueueDatabase, openSourceDatabase } from "./queue_database.ts";

/** What a command reads and runs besides the database. */
export interface QueueNeeds {
  /** The flow whose settings hold. */
  flowName?: string | undefined;
  /** Files that are read. */
  files?: readonly (string | undefined)[];
  /** The handler's file; its neighbours may be imported. */
  handler?: string | undefined;
  /** The handler's command. */
  exec?: string | undefined;
  /** Records may be processed without the queue, which keeps journals under `OPSDECK_HOME`. */
  mayKeepJournal?: boolean;
  /** The source database is looked at too. */
  usesSource?: boolean;
}

/**
 * Works out hosts, folders and programs of a run.
 *
 * @throws ConfigurationError when the database is not configured, or the embedded one is not
 * running.
 */
export async function queuePermissions(
  needs: QueueNeeds,
): Promise<{ net: string[]; read: string[]; write: string[]; run: string[] }> {
  await using database = openQueueDatabase({ flowName: needs.flowName });
  await using source = needs.usesSource ? openSourceDatabase() : undefined;
  const targets = [await database.target(), ...(source ? [await source.target()] : [])];
  const files = (needs.files ?? []).flatMap((path) =>
    path === undefined ? [] : [resolveCallerPath(path)]
  );
  const handlerFolder = needs.handler === undefined
    ? []
    : [dirname(resolveCallerPath(needs.handler))];
  const journals = needs.mayKeepJournal ? [join(opsdeckHome(), "standard")] : [];
  return {
    net: targets.map(describeAddress),
    read: [
      ...configurationFiles(needs.flowName),
      ...targets.flatMap(({ tls }) => tls.caFile === undefined ? [] : [tls.caFile]),
      join(opsdeckHome(), "postgresql.json"),
      ...files,
      ...handlerFolder,
      ...journals,
    ],
    write: journals,
    run: needs.exec === undefined ? [] : [parseCommand(needs.exec)[0]],
  };
}

/** The configuration file, and the files that hold the databases' secrets. */
function configurationFiles(flowName: string | undefined): string[] {
  const config = new ConfigManager(flowName);
  const keys = ["rpa_db_CONNECTION_STRING", "SurveyHub_CONNECTION_STRING", "DB_PASSWORD"];
  const secretFiles = keys.flatMap((key) => config.candidates(key)).flatMap((variable) => {
    const path = readEnvironmentVariable(`${variable}_FILE`);
    return path ? [resolveCallerPath(path)] : [];
  });
  const named = readEnvironmentVariable("OPSDECK_CONFIG");
  const file = named ? resolveCallerPath(named) : join(callerDirectory(), "opsdeck.toml");
  return [file, ...secretFiles];
}
