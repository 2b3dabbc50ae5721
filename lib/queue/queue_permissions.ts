/** What the queue's scripts need beyond their permission sets, as narrow as is known. */

import { dirname, join } from "node:path";
import { ConfigManager, configurationFiles, opsdeckHome, resolveCallerPath } from "../core/mod.ts";
import { databasePermissions } from "../database/mod.ts";
import { parseCommand } from "./exec_handler.ts";
import { openQueueDatabase, openSourceDatabase } from "./queue_database.ts";
import { inputPath } from "./record_files/input_path.ts";

/** What a command reads and runs besides the database. */
export interface QueueNeeds {
  /** The flow whose settings hold. */
  flowName?: string | undefined;
  /** Files that are read; `-` is standard input. */
  files?: readonly (string | undefined)[];
  /** The handler's file; its neighbours may be imported. */
  handler?: string | undefined;
  /** The handler's command. */
  exec?: string | undefined;
  /** Records may be processed without the queue, which keeps journals under `OPSDECK_HOME`. */
  mayKeepJournal?: boolean;
  /** Whether the queue is used at all. Defaults to true. */
  usesQueue?: boolean;
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
  await using database = needs.usesQueue === false
    ? undefined
    : openQueueDatabase({ flowName: needs.flowName });
  await using source = needs.usesSource ? openSourceDatabase() : undefined;
  const databases = await Promise.all(
    [database, source].filter((one) => one !== undefined).map(databasePermissions),
  );
  const files = (needs.files ?? []).map(inputPath).filter((path) => path !== undefined);
  const handlerFolder = needs.handler === undefined
    ? []
    : [dirname(resolveCallerPath(needs.handler))];
  const journals = needs.mayKeepJournal ? [join(opsdeckHome(), "standard")] : [];
  return {
    net: databases.flatMap(({ net }) => net),
    read: [
      ...configurationFiles(new ConfigManager(needs.flowName), [
        ...queueSecrets,
        ...(needs.usesSource ? ["SurveyHub_CONNECTION_STRING"] : []),
      ]),
      ...databases.flatMap(({ read }) => read),
      ...files,
      ...handlerFolder,
      ...journals,
    ],
    write: [...databases.flatMap(({ write }) => write), ...journals],
    run: needs.exec === undefined ? [] : [parseCommand(needs.exec)[0]],
  };
}

const queueSecrets = ["rpa_db_CONNECTION_STRING", "DB_PASSWORD"];
