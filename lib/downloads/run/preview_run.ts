/** What a run would do. */

import { resolveCallerPath } from "../../core/mod.ts";
import { textTable } from "../../core/command_line/mod.ts";
import { missingTrackingColumns, type TrackingColumn } from "../tracker/mod.ts";
import { checkRunSettings, type RunSettings } from "./run_options.ts";
import { findJobs } from "./run_downloads.ts";

/** What {@link previewRun} gives. */
export interface RunPreview {
  /** Always true. */
  dry_run: true;
  /** The CSV. */
  csv_path: string;
  /** The folder of downloads. */
  downloads_dir: string;
  /** The tracking columns that would be added. */
  columns_to_add: TrackingColumn[];
  /** How many downloads are pending; a limit may leave some out. */
  pending: number;
  /** The downloads that would be made, in the order of the rows. */
  downloads: PreviewedDownload[];
}

/** A download that would be made. */
export interface PreviewedDownload {
  /** The row. */
  row_id: string;
  /** Which of its downloads. */
  download_type: string;
  /** From where. */
  url: string;
  /** The host whose limits hold for it. */
  host: string;
  /** How many attempts have failed so far. */
  failed_attempts: number;
}

/**
 * Tells what a run would do, and does nothing of it: no server is asked, nothing is written.
 *
 * @throws as `runDownloads` does for its settings and for the CSV
 */
export async function previewRun(
  settings: RunSettings,
  signal?: AbortSignal,
): Promise<RunPreview> {
  const checked = checkRunSettings(settings);
  const { csvPath, columns, limit, downloadsDir } = checked;
  const jobs = await findJobs(checked, signal);
  return {
    dry_run: true,
    csv_path: resolveCallerPath(csvPath),
    downloads_dir: resolveCallerPath(downloadsDir),
    columns_to_add: await missingTrackingColumns(csvPath, { columns, signal }),
    pending: jobs.length,
    downloads: jobs.slice(0, limit).map(({ row, download_type, url, host }) => ({
      row_id: row.row_id,
      download_type,
      url,
      host,
      failed_attempts: row.downloads.find((one) => one.download_type === download_type)
        ?.failed_attempts ?? 0,
    })),
  };
}

/** Writes the preview for people. */
export function runPreviewText(preview: RunPreview): string {
  const { downloads, pending, columns_to_add } = preview;
  const lines = [`Would make ${downloads.length} of ${pending} pending downloads; made none`];
  if (columns_to_add.length > 0) lines.push(`Would add columns: ${columns_to_add.join(", ")}`);
  if (downloads.length === 0) return lines.join("\n");
  const table = textTable(
    ["row", "type", "failed attempts", "host", "address"],
    downloads.map((one) => [
      one.row_id,
      one.download_type,
      one.failed_attempts,
      one.host,
      one.url,
    ]),
  );
  return [...lines, table].join("\n");
}
