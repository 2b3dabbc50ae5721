/** What one download gave (reference: downloads, DownloadResult). */

import { type ErrorCategory, type OpsdeckError, ValidationError } from "../core/mod.ts";
import type { RowContext } from "./row_context.ts";

/** The fields of a {@link DownloadResult}; what is left out is empty there. */
export interface DownloadResultFields {
  /** Whether everything that the row asked for is there. */
  success: boolean;
  /** The names of the files that were made, without folders and without commas. */
  files_downloaded?: readonly string[];
  /** The YouTube video or playlist id, or the Drive file id. */
  media_id?: string | null;
  /** What went wrong, one line. Defaults to the message of `error`. */
  error_message?: string | null;
  /** The path of the metadata file. */
  metadata_file?: string | null;
  /** The row that the download was for. */
  row_context: RowContext;
  /** The error itself: its category, whether and when to try again. */
  error?: OpsdeckError | null;
}

/** What of a result goes into the CSV. */
export interface DownloadSummary {
  /** The row. */
  row_id: string;
  /** What the status column says. */
  status: "completed" | "failed";
  /** The names of the files. */
  files: readonly string[];
  /** The media id; empty when there is none. */
  media_id: string;
  /** What went wrong; null for a success. */
  error_message: string | null;
  /** The kind of trouble; null for a success. */
  error_category: ErrorCategory | null;
}

/** The outcome of one download of one row, successful or not. */
export class DownloadResult {
  /** Whether everything that the row asked for is there. */
  readonly success: boolean;
  /** The names of the files that were made; a failure may have made some. */
  readonly files_downloaded: readonly string[];
  /** The YouTube video or playlist id, or the Drive file id; null when it is not known. */
  readonly media_id: string | null;
  /** What went wrong, one line; null for a success. */
  readonly error_message: string | null;
  /** The path of the metadata file; null when there is none. */
  readonly metadata_file: string | null;
  /** The row that the download was for. */
  readonly row_context: RowContext;
  /** The error itself; null for a success, and where only its message is known. */
  readonly error: OpsdeckError | null;

  /**
   * Makes a result of its fields.
   *
   * @throws ValidationError when a file's name is empty or holds a comma, which separates names in
   * the CSV, or a control character.
   */
  constructor(fields: DownloadResultFields) {
    this.success = fields.success;
    this.files_downloaded = [...fields.files_downloaded ?? []];
    this.media_id = fields.media_id ?? null;
    this.error = fields.error ?? null;
    this.error_message = fields.error_message ?? this.error?.message ?? null;
    this.metadata_file = fields.metadata_file ?? null;
    this.row_context = fields.row_context;
    for (const name of this.files_downloaded) requireListable(name);
  }

  /** Gives what goes into the CSV. A failure of which nothing is known is a `SYSTEM` error. */
  getSummary(): DownloadSummary {
    const { success, error, row_context, files_downloaded, media_id } = this;
    return {
      row_id: row_context.row_id,
      status: success ? "completed" : "failed",
      files: files_downloaded,
      media_id: media_id ?? "",
      error_message: success ? null : this.error_message ?? "no reason was given",
      error_category: success ? null : error?.category ?? "SYSTEM",
    };
  }
}

function requireListable(name: string): void {
  // deno-lint-ignore no-control-regex -- these are what is refused
  if (name.trim() !== "" && !/[,\u0000-\u001f\u007f]/.test(name)) return;
  throw new ValidationError(
    `Cannot list the file ${JSON.stringify(name)} as a file's name must not be empty or hold a ` +
      "comma or a control character",
  );
}
