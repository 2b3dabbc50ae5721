/** What the tracking columns of a row say, and what they say next. */

import type { DownloadType } from "../download_type.ts";
import { ValidationError } from "../../core/mod.ts";
import type { DownloadSummary } from "../download_result.ts";
import { countAttempts, withFailedAttempt, withoutAttempts } from "./error_history.ts";
import { chosenTypes, type DownloadChoice, type TrackingColumn } from "./tracking_columns.ts";

/** The texts of some tracking columns of a row. */
export type TrackingCells = Partial<Record<TrackingColumn, string>>;

/**
 * What a status column says; an empty one is `pending`, and `other` is a word that is not
 * opsdeck's: such a row is left alone.
 */
export type DownloadStatus = "pending" | "downloading" | "completed" | "failed" | "other";

/** Reads a status, in any case and with blanks around it. */
export function parseStatus(cell: string): DownloadStatus {
  const word = cell.trim().toLowerCase();
  switch (word) {
    case "":
      return "pending";
    case "pending":
    case "downloading":
    case "completed":
    case "failed":
      return word;
    default:
      return "other";
  }
}

/** Which failed downloads are tried again. */
export interface RetryRule {
  /** Whether failed downloads are tried again at all. Defaults to true. */
  includeFailed?: boolean;
  /** How many attempts there may be in all. Defaults to 3. */
  retryAttempts?: number;
}

/** How often a download of a row has failed; one without a history that says `failed`: once. */
export function failedAttempts(cells: TrackingCells, downloadType: DownloadType): number {
  const attempts = countAttempts(cells.download_errors ?? "", downloadType);
  const status = parseStatus(cells[`${downloadType}_status`] ?? "");
  return status === "failed" ? Math.max(1, attempts) : attempts;
}

/**
 * Tells whether a download is still to be made, if nobody is at it.
 *
 * `downloading` counts as pending here: whoever is at it holds the row's lock.
 */
export function isWanted(
  cells: TrackingCells,
  downloadType: DownloadType,
  { includeFailed = true, retryAttempts = 3 }: RetryRule,
): boolean {
  switch (parseStatus(cells[`${downloadType}_status`] ?? "")) {
    case "pending":
    case "downloading":
      return true;
    case "failed":
      return includeFailed && failedAttempts(cells, downloadType) < retryAttempts;
    default:
      return false;
  }
}

/** Gives the cells that a result changes. Files of earlier attempts stay listed. */
export function cellsAfterResult(
  cells: TrackingCells,
  downloadType: DownloadType,
  summary: DownloadSummary,
  now: Date,
): TrackingCells {
  const time = now.toISOString();
  const filesColumn = `${downloadType}_files` as const;
  const files = new Set([...listedFiles(cells[filesColumn] ?? ""), ...summary.files]);
  const changed: TrackingCells = {
    [`${downloadType}_status`]: summary.status,
    [filesColumn]: [...files].join(","),
    last_download_attempt: time,
  };
  if (summary.media_id !== "") changed[`${downloadType}_media_id`] = asLine(summary.media_id);
  if (summary.error_category !== null) {
    changed.download_errors = withFailedAttempt(cells.download_errors ?? "", {
      download_type: downloadType,
      time,
      category: summary.error_category,
      message: summary.error_message ?? "",
    });
  }
  return changed;
}

/**
 * Gives the cells of a row that nothing was ever downloaded for.
 *
 * @param wanted the kinds of download that the row has an address for
 */
export function cellsAfterReset(
  cells: TrackingCells,
  choice: DownloadChoice,
  wanted: readonly DownloadType[],
): TrackingCells {
  const changed: TrackingCells = {
    download_errors: withoutAttempts(cells.download_errors ?? "", choice),
  };
  for (const type of chosenTypes(choice)) {
    changed[`${type}_status`] = wanted.includes(type) ? "pending" : "";
    changed[`${type}_files`] = "";
    changed[`${type}_media_id`] = "";
  }
  if (choice === "both") changed.last_download_attempt = "";
  return changed;
}

/** Gives the file names that a cell lists. */
export function listedFiles(cell: string): string[] {
  return cell.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/**
 * Refuses what is not `youtube` or `drive`: the words come from command lines.
 *
 * @throws ValidationError
 */
export function requireDownloadType(word: string): asserts word is DownloadType {
  if (word === "youtube" || word === "drive") return;
  throw new ValidationError(
    `Cannot record a download as its type must be "youtube" or "drive": it is "${word}"`,
  );
}

/**
 * Refuses what is not `youtube`, `drive` or `both`.
 *
 * @throws ValidationError
 */
export function requireDownloadChoice(word: string): asserts word is DownloadChoice {
  if (word === "youtube" || word === "drive" || word === "both") return;
  throw new ValidationError(
    `Cannot choose downloads as the type must be "youtube", "drive" or "both": it is "${word}"`,
  );
}

function asLine(text: string): string {
  // deno-lint-ignore no-control-regex -- an id is one word
  return text.toWellFormed().replace(/[\s\u0000-\u001f\u007f]+/g, " ").trim();
}
