/** How one attempt at a download ended, for people and programs. */

import type { ErrorCategory } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";

/** How one attempt ended. */
export interface DownloadOutcome {
  /** The row. */
  row_id: string;
  /** Which of its downloads. */
  download_type: DownloadType;
  /** From where. */
  url: string;
  /** `unrecorded`: the result could not be written to the row, which another program has changed. */
  status: "completed" | "failed" | "unrecorded";
  /** The names of the files that are there, those of earlier runs included. */
  files: readonly string[];
  /** How many of these earlier attempts have brought. */
  files_there_already: number;
  /** How many bytes the files have that this attempt published. */
  bytes: number;
  /** How many attempts have failed by now, those of earlier runs included. */
  failed_attempts: number;
  /** How long the attempt took. */
  duration_seconds: number;
  /** The kind of trouble; null for a success. */
  error_category: ErrorCategory | null;
  /** The trouble's stable word; null for a success, and where there is none. */
  error_code: string | null;
  /** What went wrong; null for a success. */
  error_message: string | null;
  /** When this run tries it again; null when it does not. */
  retry_in_seconds: number | null;
}
