/** The flags with which a recommended command means the same as the one that recommends it. */

import { ConfigManager } from "../../core/mod.ts";
import { shellQuote } from "../../core/command_line/mod.ts";
import { defaultDownloadsDir } from "../download_options.ts";
import { type CsvColumns, csvColumnSettings, type DownloadChoice } from "../tracker/mod.ts";
import type { MediaRequestOptions } from "../youtube/mod.ts";

/** What downloads are wanted, and how. */
export interface DownloadWishes extends MediaRequestOptions {
  /** Which downloads. Defaults to `both`. */
  downloadType?: DownloadChoice | undefined;
  /** The format of Google's own documents. */
  exportFormat?: string | undefined;
}

/** What commands are about. */
export interface CommandSubject {
  /** The CSV, as the caller names it. */
  csvPath: string;
  /** The names of its columns, where they are not the usual ones. */
  columns: Partial<CsvColumns>;
  /** The folder of downloads, as the caller names it. */
  downloadsDir: string;
  /** How many attempts a download may have in all. */
  retryAttempts: number;
  /** What is wanted. */
  wishes: DownloadWishes;
}

/** Flags for commands, each with a blank before it; empty where the settings say the same. */
export interface CommandFlags {
  /** The CSV and its columns, which every command on a CSV takes. */
  csv: string;
  /** The folder of downloads. */
  folder: string;
  /** Which downloads. */
  type: string;
  /** All of these, and how downloads are wanted, for `run`. */
  run: string;
}

const columnFlags: readonly (readonly [column: keyof CsvColumns, flag: string])[] = [
  ["row_id", "--row-id-column"],
  ["type", "--type-column"],
  ["name", "--name-column"],
  ["email", "--email-column"],
  ["youtube_playlist", "--youtube-column"],
  ["google_drive", "--drive-column"],
];

/**
 * Gives the flags for commands on a subject.
 *
 * @throws ConfigurationError when a setting cannot be read
 */
export function commandFlags(subject: CommandSubject): CommandFlags {
  const { csvPath, columns, downloadsDir, retryAttempts, wishes } = subject;
  const { downloadType = "both", transcriptOnly, resolution, outputFormat, exportFormat } = wishes;
  const config = new ConfigManager("downloads");
  const names = csvColumnSettings();
  const csv = flag("--csv", csvPath, config.getVariable("csv_path", "output.csv")) +
    columnFlags.map(([column, name]) => flag(name, columns[column], names[column])).join("");
  const folder = flag(
    "--downloads-dir",
    downloadsDir,
    config.getVariable("downloads_dir", defaultDownloadsDir),
  );
  const type = flag("--type", downloadType, "both");
  const wanted = [
    flag("--retry-attempts", retryAttempts, config.getVariable("retry_attempts", 3)),
    transcriptOnly ? " --transcript-only" : "",
    ...(wishes.languages ?? []).map((language) => flag("--language", language)),
    flag("--resolution", resolution),
    flag("--output-format", outputFormat),
    flag("--export-format", exportFormat),
  ];
  return { csv, folder, type, run: `${csv}${folder}${type}${wanted.join("")}` };
}

function flag(name: string, value: string | number | null | undefined, usual?: string | number) {
  const isSaid = value === undefined || value === null || value === "" || value === usual;
  return isSaid ? "" : ` ${name} ${shellQuote(String(value))}`;
}
