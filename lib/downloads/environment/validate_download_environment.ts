/** Whether this machine can download (reference: downloads, validate_download_environment). */

import { format as formatBytes } from "@std/fmt/bytes";
import {
  ConfigurationError,
  type ErrorContext,
  ErrorHandler,
  ErrorSeverity,
  FileOperationError,
  freeBytes,
  OpsdeckError,
} from "../../core/mod.ts";
import { downloadsFolderOf } from "../download_options.ts";
import { downloadsStateFolder } from "../monitor/mod.ts";
import { diagnoseYtdlp, ytdlpPath as configuredPath } from "../youtube/mod.ts";
import { checkFolder } from "./check_folder.ts";

/** What {@link validateDownloadEnvironment} looks at. */
export interface EnvironmentOptions {
  /** The folder of downloads. Defaults to `youtube_downloads`. */
  downloadsDir?: string | undefined;
  /** The folder of opsdeck's state. Defaults to `OPSDECK_HOME`. */
  stateDir?: string | undefined;
  /** The name or path of yt-dlp. Defaults to the setting `YTDLP_PATH`, else `yt-dlp` on PATH. */
  ytdlpPath?: string | undefined;
  /** How many bytes must be free. Defaults to 1 GiB; more than that is wanted, as the reference says. */
  minFreeBytes?: number | undefined;
  /** Ends the checks; the call rejects with its reason. */
  signal?: AbortSignal | undefined;
}

const gibibyte = 1024 ** 3;

/**
 * Checks whether this machine can download, and gives what it finds wrong, empty when it is fit:
 *
 * - the folders of downloads and of state can be made and written
 * - more than 1 GiB is free where the downloads go
 * - yt-dlp is there, new enough, and runs
 * - ffmpeg and ffprobe are there, which join and convert what it fetches (a warning: most single
 *   files need neither)
 * - a JavaScript runtime is there for it, without which YouTube gives less (a warning)
 *
 * Nothing is left behind by the checks, except the folders.
 *
 * @throws the reason of the signal
 */
export async function validateDownloadEnvironment(
  options: EnvironmentOptions = {},
): Promise<ErrorContext[]> {
  const { signal, minFreeBytes = gibibyte } = options;
  const handler = new ErrorHandler();
  const found: ErrorContext[] = [];
  const check = async (work: () => Promise<OpsdeckError[]>) => {
    signal?.throwIfAborted();
    try {
      for (const problem of await work()) found.push(handler.handleError(problem));
    } catch (error) {
      signal?.throwIfAborted();
      found.push(handler.handleError(error));
    }
  };
  await check(async () => await checkFolder(downloadsFolderOf(options)));
  await check(async () => await checkFolder(downloadsStateFolder(options.stateDir)));
  await check(async () => await checkSpace(downloadsFolderOf(options), minFreeBytes));
  await check(() => checkPrograms(options));
  return found;
}

async function checkSpace(folder: string, minFreeBytes: number): Promise<OpsdeckError[]> {
  const free = await freeBytes(folder);
  if (free > minFreeBytes) return [];
  return [
    new FileOperationError(
      `Cannot count on room for downloads as "${folder}" has ${formatBytes(free)} free, and more ` +
        `than ${formatBytes(minFreeBytes)} is wanted; free some space`,
      { code: "LOW_DISK_SPACE", severity: ErrorSeverity.CRITICAL, context: { file_path: folder } },
    ),
  ];
}

async function checkPrograms(options: EnvironmentOptions): Promise<OpsdeckError[]> {
  const path = options.ytdlpPath ?? configuredPath();
  const { version, ffmpeg, ffprobe, jsRuntimes } = await diagnoseYtdlp(path, options.signal);
  const problems: OpsdeckError[] = [];
  const warn = (code: string, message: string) =>
    problems.push(
      new ConfigurationError(message, {
        code,
        severity: ErrorSeverity.WARNING,
        context: { ytdlp_path: path, ytdlp_version: version },
      }),
    );
  const missing = [ffmpeg === null ? "ffmpeg" : "", ffprobe === null ? "ffprobe" : ""]
    .filter((name) => name !== "");
  if (missing.length > 0) {
    warn(
      "FFMPEG_MISSING",
      `Cannot join or convert videos as ${missing.join(" and ")} is missing; install ffmpeg ` +
        "(Debian: apt install ffmpeg)",
    );
  }
  if (jsRuntimes === null) {
    warn(
      "YTDLP_OLD",
      `Cannot rely on YouTube as yt-dlp ${version} has no JavaScript runtime; install 2025.11.12 ` +
        "or newer, which uses Deno",
    );
  }
  return problems;
}
