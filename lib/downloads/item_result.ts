/** What became of each item of a playlist or folder. */

import type { OpsdeckError } from "../core/mod.ts";
import { DownloadResult, type DownloadResultFields } from "./download_result.ts";
import type { RowContext } from "./row_context.ts";

/** What became of one item. */
export interface ItemResult {
  /** Its address. */
  url: string;
  /** The video's or file's id; null when it is not known. */
  media_id: string | null;
  /** Its title; null when it is not known. */
  title: string | null;
  /** `already_there`: an earlier run published it. */
  outcome: "downloaded" | "already_there" | "failed";
  /** The names of its files. */
  files: readonly string[];
  /** The path of its metadata file, of the first where it has several. */
  metadata_file: string | null;
  /** Why it failed; null when it did not. */
  error: OpsdeckError | null;
}

/** What {@link MediaDownloadResult} is made of. */
export interface MediaDownloadFields
  extends Omit<DownloadResultFields, "success" | "files_downloaded" | "metadata_file" | "error"> {
  /** What became of each item, in their order. At least one. */
  items: readonly ItemResult[];
}

/**
 * The result of a download that may consist of several items.
 *
 * It is a success when every item is there. Its error is that of the first item that is worth
 * another try, or else of the first that failed; the message counts the others.
 */
export class MediaDownloadResult extends DownloadResult {
  /** What became of each item, in their order. */
  readonly items: readonly ItemResult[];

  /** Makes the result of its items. */
  constructor({ items, ...fields }: MediaDownloadFields) {
    const failed = items.filter((item) => item.error !== null);
    const error = (failed.find((item) => item.error?.retryable) ?? failed[0])?.error ?? null;
    super({
      ...fields,
      success: failed.length === 0,
      files_downloaded: items.flatMap((item) => item.files),
      metadata_file: items.find((item) => item.metadata_file !== null)?.metadata_file ?? null,
      error,
      error_message: messageFor(error, failed.length, items.length),
    });
    this.items = items;
  }

  /** Makes the result of a download that cannot begin, since what is asked for is wrong. */
  static refused(url: string, row_context: RowContext, error: OpsdeckError): MediaDownloadResult {
    const nothing = { media_id: null, title: null, files: [], metadata_file: null };
    return new MediaDownloadResult({
      row_context,
      items: [{ url, outcome: "failed", ...nothing, error }],
    });
  }
}

function messageFor(error: OpsdeckError | null, failed: number, total: number): string | null {
  if (error === null) return null;
  return total === 1 ? error.message : `${failed} of ${total} items failed: ${error.message}`;
}
