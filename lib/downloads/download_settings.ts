/** Where downloads are tracked and kept, and how they are made: flags first, then settings. */

import { ConfigManager, readSettings } from "../core/mod.ts";
import { defaultDownloadsDir } from "./download_options.ts";
import { driveBaseUrl } from "./drive/mod.ts";
import { csvColumnSettings } from "./tracker/mod.ts";
import type { CsvColumns } from "./tracker/mod.ts";
import { ytdlpPath } from "./youtube/mod.ts";

/** What flags say; an absent one leaves the word to the configuration. */
export interface DownloadFlags {
  /** The CSV. */
  csv?: string | undefined;
  /** The folder of downloads. */
  downloadsDir?: string | undefined;
  /** The name of a column. */
  rowIdColumn?: string | undefined;
  /** The name of a column. */
  typeColumn?: string | undefined;
  /** The name of a column. */
  nameColumn?: string | undefined;
  /** The name of a column. */
  emailColumn?: string | undefined;
  /** The name of a column. */
  youtubeColumn?: string | undefined;
  /** The name of a column. */
  driveColumn?: string | undefined;
  /** How many attempts a download may have in all. */
  retryAttempts?: number | undefined;
  /** Downloads at once. */
  concurrency?: number | undefined;
  /** Downloads at once from one host. */
  perHost?: number | undefined;
  /** The pause between two starts at one host, in milliseconds. */
  delay?: number | undefined;
}

/** The settings that hold. */
export interface DownloadSettings {
  /** The CSV. */
  csvPath: string;
  /** The folder of downloads. */
  downloadsDir: string;
  /** The names of the columns. */
  columns: CsvColumns;
  /** How many attempts a download may have in all. */
  retryAttempts: number;
  /** Downloads at once. */
  concurrency: number;
  /** Downloads at once from one host. */
  perHost: number;
  /** The pause between two starts at one host, in milliseconds. */
  delayMs: number;
  /** The name or path of yt-dlp. */
  ytdlpPath: string;
  /** What stands in for Google; undefined for Google itself. */
  driveBaseUrl: URL | undefined;
}

/**
 * Reads the settings of downloads, of the flow `downloads`: `CSV_PATH`, `DOWNLOADS_DIR`,
 * `RETRY_ATTEMPTS`, `CONCURRENCY`, `PER_HOST`, `DELAY_SECONDS`, `YTDLP_PATH`, `DRIVE_BASE_URL` and
 * the names of the columns (`DEVELOPMENT_DOWNLOADS_CSV_PATH=/srv/people.csv`).
 *
 * @param flags what comes before them
 * @throws ConfigurationError when settings cannot be used; all problems at once.
 */
export function downloadSettings(flags: DownloadFlags = {}): DownloadSettings {
  const config = new ConfigManager("downloads");
  const count = (key: string, value: number, flag: number | undefined) => () =>
    flag ?? config.getVariable(key, value, { min: 1, integer: true });
  return readSettings({
    csvPath: () => flags.csv ?? config.getVariable("csv_path", "output.csv"),
    downloadsDir: () =>
      flags.downloadsDir ?? config.getVariable("downloads_dir", defaultDownloadsDir),
    columns: () => csvColumnSettings(namedColumns(flags)),
    retryAttempts: count("retry_attempts", 3, flags.retryAttempts),
    concurrency: count("concurrency", 4, flags.concurrency),
    perHost: count("per_host", 2, flags.perHost),
    delayMs: () => flags.delay ?? config.getVariable("delay_seconds", 1, { min: 0 }) * 1000,
    ytdlpPath: () => ytdlpPath(config),
    driveBaseUrl: () => driveBaseUrl(config),
  });
}

function namedColumns(flags: DownloadFlags): Partial<CsvColumns> {
  const { rowIdColumn, typeColumn, nameColumn, emailColumn, youtubeColumn, driveColumn } = flags;
  return {
    ...(rowIdColumn === undefined ? {} : { row_id: rowIdColumn }),
    ...(typeColumn === undefined ? {} : { type: typeColumn }),
    ...(nameColumn === undefined ? {} : { name: nameColumn }),
    ...(emailColumn === undefined ? {} : { email: emailColumn }),
    ...(youtubeColumn === undefined ? {} : { youtube_playlist: youtubeColumn }),
    ...(driveColumn === undefined ? {} : { google_drive: driveColumn }),
  };
}
