/** What one video is downloaded with, and what comes of it: for the media and the transcript. */

import { join } from "@std/path";
import { toFileError, writeFileAtomic } from "../../core/mod.ts";
import type { DownloadProgress } from "../download_progress.ts";
import type { AttemptFolder } from "../publishing/mod.ts";
import type { VideoInfo } from "./media_info.ts";
import { infoFileName } from "./ytdlp_arguments.ts";
import type { YtdlpProgram } from "./ytdlp_program.ts";

/** What a video is downloaded with. */
export interface VideoDownload {
  /** The program. */
  program: YtdlpProgram;
  /** The video. */
  video: VideoInfo;
  /** Its address, for errors. */
  url: string;
  /** The folder that it grows in. */
  attempt: AttemptFolder;
  /** Cancels it. */
  signal?: AbortSignal | undefined;
  /** Gets to know how far it is. */
  onProgress: (progress: VideoProgress) => void;
}

/** How far a video is. */
export type VideoProgress = Omit<DownloadProgress, "label" | "item" | "itemCount">;

/** A file that was made, not published yet. */
export interface MadeFile {
  /** Its path in the attempt's folder. */
  path: string;
  /** What tells it from the other files of the video: the language of a transcript. */
  label: string | null;
  /** What is known of it. */
  details: Record<string, unknown>;
}

/** Writes what yt-dlp is to load. Only this user may read it: it may hold addresses with a key. */
export async function writeInfo(
  attempt: AttemptFolder,
  info: Record<string, unknown>,
): Promise<void> {
  await writeFileAtomic(join(attempt.path, infoFileName), JSON.stringify(info), { mode: 0o600 });
}

/** Gives the names of the files in a folder, sorted. */
export async function fileNamesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    throw toFileError(error, "read the folder", folder);
  }
}
