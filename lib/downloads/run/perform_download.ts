/** Making one download, whichever kind it is. */

import { categorizeError, ConfigurationError, errorReason, OpsdeckError } from "../../core/mod.ts";
import { downloadDriveWithContext } from "../drive/mod.ts";
import type { OnProgress } from "../download_progress.ts";
import { MediaDownloadResult } from "../item_result.ts";
import type { RowContext } from "../row_context.ts";
import { downloadYoutubeWithContext } from "../youtube/mod.ts";
import type { DownloadJob } from "./download_job.ts";
import type { CheckedRunSettings } from "./run_options.ts";

/**
 * Downloads what a job asks for. It is not stopped by the run's signal: what is in hand is finished.
 *
 * @throws ConfigurationError when no download of its kind can work
 */
export async function performDownload(
  job: Pick<DownloadJob, "download_type" | "url">,
  row: RowContext,
  settings: CheckedRunSettings,
  onProgress: OnProgress,
): Promise<MediaDownloadResult> {
  const { download_type, url } = job;
  const { downloadsDir, redoBefore } = settings;
  try {
    if (download_type === "drive") {
      return await downloadDriveWithContext(url, row, {
        downloadsDir,
        redoBefore,
        exportFormat: settings.exportFormat,
        baseUrl: settings.driveBaseUrl,
        onProgress,
      });
    }
    return await downloadYoutubeWithContext(url, row, {
      downloadsDir,
      redoBefore,
      transcriptOnly: settings.transcriptOnly,
      resolution: settings.resolution,
      outputFormat: settings.outputFormat,
      languages: settings.languages,
      ytdlpPath: settings.ytdlpPath,
      onProgress,
    });
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const failure = error instanceof OpsdeckError ? error : new OpsdeckError(
      `Cannot download ${url} as ${errorReason(error)}; run this again`,
      { ...categorizeError(error), context: { url }, cause: error },
    );
    return MediaDownloadResult.refused(url, row, failure);
  }
}
