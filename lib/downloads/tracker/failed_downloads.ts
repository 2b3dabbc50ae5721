/** Which downloads have failed, and how. */

import type { DownloadType } from "../download_type.ts";
import type { RowContext } from "../row_context.ts";
import { CsvSnapshot, type ReadCsvOptions } from "./csv_snapshot.ts";
import { type FailedAttempt, parseErrorHistory } from "./error_history.ts";
import { failedAttempts, parseStatus, requireDownloadChoice } from "./row_state.ts";
import { readTrackedRow, typesWithContent } from "./tracked_row.ts";
import { chosenTypes, type DownloadChoice } from "./tracking_columns.ts";

/** A download whose last attempt failed. */
export interface FailedDownload {
  /** The row. */
  row_context: RowContext;
  /** What was to be downloaded. */
  download_type: DownloadType;
  /** From where. */
  url: string;
  /** How many attempts have failed. */
  attempts: number;
  /** When the row was last tried; empty when that is not known. */
  last_download_attempt: string;
  /** The last attempts that failed, oldest first; empty when nothing is known of them. */
  errors: FailedAttempt[];
}

/**
 * Lists the downloads whose last attempt failed, in file order, with their history, the journal's
 * updates included. It takes no lock and writes nothing.
 *
 * @throws FileOperationError when the CSV cannot be read.
 * @throws ValidationError with the code `CSV_INVALID` when it is no proper CSV.
 */
export async function getFailedDownloads(
  csvPath: string = "output.csv",
  downloadType: DownloadChoice = "both",
  options: ReadCsvOptions = {},
): Promise<FailedDownload[]> {
  requireDownloadChoice(downloadType);
  using snapshot = await CsvSnapshot.open(csvPath, options);
  const types = chosenTypes(downloadType);
  const failed: FailedDownload[] = [];
  for await (const batch of snapshot.rows()) {
    while (batch.cursor.advance()) {
      const changes = snapshot.changesOf(batch);
      const { tracking } = batch.columns;
      const mayHaveFailed = changes !== undefined || types.some((type) => {
        const field = tracking[`${type}_status`];
        return field !== undefined && !batch.cursor.isBlank(field);
      });
      if (!mayHaveFailed) continue;
      const row = readTrackedRow(batch.cursor, batch.columns);
      const cells = { ...row.cells, ...changes };
      for (const type of typesWithContent(row)) {
        if (!types.includes(type)) continue;
        if (parseStatus(cells[`${type}_status`] ?? "") !== "failed") continue;
        failed.push({
          row_context: row.context,
          download_type: type,
          url: row.urls[type],
          attempts: failedAttempts(cells, type),
          last_download_attempt: cells.last_download_attempt ?? "",
          errors: parseErrorHistory(cells.download_errors ?? "")
            .filter(({ download_type }) => download_type === type),
        });
      }
    }
  }
  return failed;
}
