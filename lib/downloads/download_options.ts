/** What both downloads can be told. */

import { resolveCallerPath } from "../core/mod.ts";
import type { OnProgress } from "./download_progress.ts";

/** Where a download goes, and how it is watched and stopped. */
export interface DownloadOptions {
  /** The folder of downloads; it is made. Defaults to `youtube_downloads`. */
  downloadsDir?: string | undefined;
  /** Cancels the download; the call rejects with its reason, and what is there is kept. */
  signal?: AbortSignal | undefined;
  /** Gets to know how far it is. */
  onProgress?: OnProgress | undefined;
  /**
   * Downloads again what the row has got already. Defaults to false: a file of the same item and
   * wishes that is still whole is kept and counted.
   */
  force?: boolean | undefined;
  /**
   * Downloads again what the row got before this moment, and keeps what it got since: several tries
   * of one forced run do nothing twice. Defaults to keeping all.
   */
  redoBefore?: Date | undefined;
}

/** The folder of downloads where none is named. */
export const defaultDownloadsDir = "youtube_downloads";

/** Gives the folder of downloads as an absolute path. */
export function downloadsFolderOf({ downloadsDir = defaultDownloadsDir }: DownloadOptions): string {
  return resolveCallerPath(downloadsDir);
}
