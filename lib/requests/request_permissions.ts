/** What the requests' scripts need beyond their permission sets, as narrow as is known. */

import { join } from "@std/path";
import { ConfigManager, configurationFiles, opsdeckHome, resolveCallerPath } from "../core/mod.ts";
import type { PermissionNeeds } from "../core/command_line/mod.ts";
import { describeAddress } from "../database/mod.ts";
import { sftpPermissions } from "../sftp/mod.ts";
import { districtScope } from "./files/mod.ts";
import { openRequestDatabase } from "./request_database.ts";

/** What a command reads and writes besides the database. */
export interface RequestNeeds {
  /** Files and folders that are read. */
  reads?: readonly (string | undefined)[];
  /** Files and folders that are written, and read. */
  writes?: readonly (string | undefined)[];
  /**
   * The districts whose servers are talked to; `unknown` when only the database knows them, so
   * that the network stays as wide as the set allows. Defaults to none.
   */
  districts?: readonly number[] | "unknown";
  /** Runs, locks and host keys are kept in `OPSDECK_HOME`. Defaults to false. */
  keepsRuns?: boolean;
}

/**
 * Works out hosts, files and folders of a run. A district whose server is not configured is left
 * out: the run names it, and goes on with the others.
 *
 * @throws ConfigurationError when the database is not configured, or the embedded one is not
 * running.
 */
export async function requestPermissions(needs: RequestNeeds): Promise<PermissionNeeds> {
  const { reads = [], writes = [], districts = [], keepsRuns = false } = needs;
  const state = keepsRuns ? [opsdeckHome()] : [];
  await using database = openRequestDatabase();
  const target = await database.target();
  const paths = (list: readonly (string | undefined)[]) =>
    list.flatMap((path) => path === undefined ? [] : [resolveCallerPath(path)]);
  const servers = districts === "unknown"
    ? { net: undefined, read: [opsdeckHome()] }
    : serversOf(districts);
  return {
    net: servers.net === undefined ? undefined : [describeAddress(target), ...servers.net],
    read: [
      ...configurationFiles(new ConfigManager(), ["SurveyHub_CONNECTION_STRING", "DB_PASSWORD"]),
      ...(target.tls.caFile === undefined ? [] : [target.tls.caFile]),
      join(opsdeckHome(), "postgresql.json"),
      ...servers.read,
      ...paths(reads),
      ...paths(writes),
      ...state,
    ],
    write: [...paths(writes), ...state],
  };
}

function serversOf(districts: readonly number[]): { net: string[]; read: string[] } {
  const all = districts.flatMap((district) => {
    try {
      return [sftpPermissions({ projects: [districtScope(district)] })];
    } catch {
      return [];
    }
  });
  return { net: all.flatMap(({ net }) => net), read: all.flatMap(({ read }) => read) };
}
