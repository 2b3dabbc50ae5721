/** Looking at a project's folders. */

import type { PollReport } from "./poll_report.ts";
import { type PollerConfig, type PollerFolders, pollerFolders } from "./poller_config.ts";
import type { PollerConnection } from "./poller_connection.ts";
import { sortSourceFiles, type SourceFiles } from "./source_files.ts";

/** Gives the whole paths of a project's folders. */
export async function foldersOf(
  connection: PollerConnection,
  config: PollerConfig,
): Promise<PollerFolders> {
  const path = config.path ?? ".";
  // The receiver of a path does not know in which folder our login starts.
  const base = path.startsWith("/") ? path : await connection.realPath(path);
  return pollerFolders(base, config);
}

/** Lists the source folder. */
export async function lookAtSource(
  connection: PollerConnection,
  folder: string,
): Promise<SourceFiles> {
  return sortSourceFiles(await connection.list(folder));
}

/** Notes what is there. */
export function countFound(report: PollReport, { candidates, setAside }: SourceFiles): void {
  report.found = candidates.length + setAside.length;
  report.set_aside = setAside.length;
  report.set_aside_files = setAside;
}
