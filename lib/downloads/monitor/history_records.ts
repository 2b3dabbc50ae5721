/** What the history keeps, and what it gives back. */

import type { ErrorCategory } from "../../core/mod.ts";
import type { DownloadType } from "../download_type.ts";

/** One attempt, as the history keeps it. */
export interface AttemptRecord {
  /** The row. */
  row_id: string;
  /** Which of its downloads. */
  download_type: DownloadType;
  /** How it ended. */
  status: "completed" | "failed" | "unrecorded";
  /** How many files it gave. */
  files: readonly string[];
  /** The size of what it published. */
  bytes: number;
  /** How long it took. */
  duration_seconds: number;
  /** The kind of trouble; null for a success. */
  error_category: ErrorCategory | null;
  /** The trouble's stable word; null for a success. */
  error_code: string | null;
  /** What went wrong; null for a success. */
  error_message: string | null;
}

/** What happened in one hour. */
export interface HourOfDownloads {
  /** When it began: ISO 8601, UTC. */
  hour: string;
  /** Downloads that succeeded. */
  completed: number;
  /** Attempts that failed. */
  failed: number;
  /** Files that were published. */
  files: number;
  /** Their size, in MiB. */
  size_mb: number;
  /** What was pending at the last look in that hour; null when nobody looked. */
  pending: number | null;
}

/** A critical error that the history knows of. */
export interface CriticalError {
  /** When it happened: ISO 8601, UTC. */
  timestamp: string;
  /** The row. */
  row_id: string;
  /** What went wrong. */
  message: string;
}
