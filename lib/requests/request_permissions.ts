/** What the requests' scripts need beyond their permission sets, as narrow as is known. */

import { dirname, join } from "@std/path";
import {
  ConfigManager,
  ConfigurationError,
  configurationFiles,
  opsdeckHome,
  resolveCallerPath,
} from "../core/mod.ts";
import type { PermissionNeeds } from "../core/command_line/mod.ts";
import { databasePermissions } from "../database/mod.ts";
import { sftpPermissions } from "../sftp/mod.ts";
import { configuredDistricts, districtScope } from "./files/mod.ts";
import { openRequestDatabase } from "./request_database.ts";
import { runsFolder } from "./workflows/mod.ts";

/** What a command reads and writes besides the database. */
export interface RequestNeeds {
  /** Files and folders that are read. */
  reads?: readonly (string | undefined)[];
  /** Files and folders that are written, and read. */
  writes?: readonly (string | undefined)[];
  /** Files that are replaced at once, for which their folders are written. */
  replaces?: readonly (string | undefined)[];
  /**
   * The districts whose servers are talked to; `configured` when only the database knows them,
   * which stands for the global server and those of all districts that have one of their own.
   * Defaults to none.
   */
  districts?: readonly number[] | "configured";
  /** Whether new host keys are recorded. Defaults to false. */
  acceptNewHostKey?: boolean;
  /** Whether files are restored, for which the runs hold locks. Defaults to false. */
  restores?: boolean;
  /** Whether the run is kept, to be resumed. Defaults to false. */
  keepsRuns?: boolean;
}

/** What is needed to look at the runs that were kept; no host is asked. */
export function runListPermissions(): PermissionNeeds {
  return { net: [], read: [...configurationFiles(new ConfigManager(), []), runsFolder()] };
}

/**
 * Works out hosts, files and folders of a run. A district whose server is not configured is left
 * out: the run names it, and goes on with the others.
 *
 * @throws ConfigurationError when the database is not configured, or the embedded one is not
 * running.
 */
export async function requestPermissions(needs: RequestNeeds): Promise<PermissionNeeds> {
  const { reads = [], writes = [], replaces = [], districts = [] } = needs;
  await using manager = openRequestDatabase();
  const database = await databasePermissions(manager);
  const servers = serverPermissions(districts, needs.acceptNewHostKey ?? false);
  const paths = (list: readonly (string | undefined)[]) =>
    list.flatMap((path) => path === undefined ? [] : [resolveCallerPath(path)]);
  const written = [
    ...(needs.keepsRuns ? [runsFolder()] : []),
    ...(needs.restores ? [join(opsdeckHome(), "restores")] : []),
    ...paths(writes),
    ...paths(replaces).map((path) => dirname(path)),
  ];
  return {
    net: [...database.net, ...servers.net],
    read: [
      ...configurationFiles(new ConfigManager(), ["SurveyHub_CONNECTION_STRING", "DB_PASSWORD"]),
      ...database.read,
      ...servers.read,
      ...paths(reads),
      ...written,
    ],
    write: [...database.write, ...servers.write, ...written],
  };
}

type ServerPermissions = ReturnType<typeof sftpPermissions>;

function serverPermissions(
  districts: readonly number[] | "configured",
  acceptNewHostKey: boolean,
): ServerPermissions {
  const scopes = districts === "configured"
    ? [undefined, ...configuredDistricts().map(districtScope)]
    : districts.map(districtScope);
  const all = scopes.flatMap((scope) => {
    try {
      return [sftpPermissions({ projects: [scope], acceptNewHostKey })];
    } catch (error) {
      if (error instanceof ConfigurationError) return []; // the run says what is wrong
      throw error;
    }
  });
  return {
    net: all.flatMap(({ net }) => net),
    read: all.flatMap(({ read }) => read),
    write: all.flatMap(({ write }) => write),
  };
}
