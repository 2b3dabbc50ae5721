/** What the commands on downloads need beyond their permission set, as narrow as is known. */

import { dirname } from "@std/path";
import type { PermissionNeeds } from "../core/command_line/mod.ts";
import { ConfigManager, configurationFiles, resolveCallerPath } from "../core/mod.ts";
import { type DownloadFlags, downloadSettings } from "./download_settings.ts";
import { downloadsStateFolder, statePaths } from "./monitor/mod.ts";
import type { DownloadChoice } from "./tracker/mod.ts";

/** What a command does with the files and the network. */
export interface DownloadNeeds {
  /** Changes the CSV. */
  writesCsv?: boolean;
  /** Looks into the folder of downloads. */
  readsDownloads?: boolean;
  /** Keeps or reads the history. */
  usesHistory?: boolean;
  /** Makes downloads of these kinds. */
  downloads?: DownloadChoice;
  /** Runs yt-dlp to see whether it works, and writes in the folders to see whether that works. */
  checksMachine?: boolean;
  /** Other files that are written. */
  writes?: readonly (string | undefined)[];
}

/** Where Drive's pages, exports and files come from. */
const driveHosts = ["drive.google.com:443", "docs.google.com:443", "*.googleusercontent.com:443"];
const driveDownloadHost = "drive.usercontent.google.com:443";

/**
 * Works out folders, programs and hosts of a run. The hosts of videos are not known before yt-dlp
 * has looked at their pages.
 *
 * @throws ConfigurationError when settings cannot be used.
 */
export async function downloadPermissions(
  flags: DownloadFlags,
  needs: DownloadNeeds,
): Promise<PermissionNeeds> {
  const { csvPath, downloadsDir, ytdlpPath, driveBaseUrl } = downloadSettings(flags);
  // The journal, the locks and the CSV's successor lie beside it.
  const csvFolder = dirname(resolveCallerPath(csvPath));
  const downloads = resolveCallerPath(downloadsDir);
  const state = (await statePaths(csvPath)).folder;
  const others = (needs.writes ?? []).flatMap((path) =>
    path === undefined ? [] : [dirname(resolveCallerPath(path))]
  );
  const makes = needs.downloads !== undefined;
  const runsYtdlp = needs.checksMachine || needs.downloads === "youtube" ||
    needs.downloads === "both";
  const written = [
    ...(needs.writesCsv || makes ? [csvFolder] : []),
    ...(makes || needs.checksMachine ? [downloads] : []),
    ...(needs.usesHistory || makes ? [state] : []),
    ...(needs.checksMachine ? [downloadsStateFolder()] : []),
    ...others,
  ];
  return {
    net: hostsOf(needs.downloads, driveBaseUrl),
    read: [
      ...configurationFiles(new ConfigManager("downloads"), []),
      csvFolder,
      ...(needs.readsDownloads || makes ? [downloads, dirname(downloads)] : []),
      ...written,
    ],
    write: written,
    run: runsYtdlp ? [ytdlpPath, "kill"] : [],
  };
}

function hostsOf(
  choice: DownloadChoice | undefined,
  driveBaseUrl: URL | undefined,
): string[] | undefined {
  if (choice === undefined) return [];
  if (choice !== "drive") return undefined;
  if (driveBaseUrl === undefined) return [...driveHosts, driveDownloadHost];
  const { hostname, port, protocol } = driveBaseUrl;
  return [`${hostname}:${port || (protocol === "https:" ? "443" : "80")}`];
}
