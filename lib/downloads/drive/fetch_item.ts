/** One file of Drive, or one of Google's own documents: from its link to a finished file. */

import { OpsdeckError } from "../../core/mod.ts";
import { splitFileName } from "../publishing/mod.ts";
import type { FinishedItem, Item } from "../row_item.ts";
import type { DriveLink } from "./drive_link.ts";
import type { DriveSession } from "./drive_session.ts";
import { exportAddress, exportFormat, isDocumentKind } from "./export_format.ts";
import { resolveLink } from "./find_files.ts";
import { fileAddress } from "./open_file.ts";
import { transferFile, type TransferredFile } from "./transfer_file.ts";
import type { TransferAmounts } from "./transfer_pace.ts";

/** What is wanted of an item. */
export interface ItemWishes {
  /** The name for the file, without the row's suffix. Defaults to the name that Drive gives it. */
  filename?: string | null | undefined;
  /** Whether a metadata file is written. Defaults to true. */
  metadata?: boolean | undefined;
  /**
   * The format of Google's own documents: `pdf`, `odt`, `csv` … Defaults to `docx`, `xlsx`, `pptx`.
   */
  exportFormat?: string | undefined;
}

/** What an item is fetched with. */
export interface ItemFetch {
  /** The conversation with Drive. */
  session: DriveSession;
  /** What is wanted, and what cancels it. */
  options: ItemWishes & { signal?: AbortSignal | undefined };
  /** The attempt's folder. */
  folder: string;
  /** The first wait after a lost connection, in milliseconds. */
  retryDelayMs: number;
  /** Gets to know how far it is. */
  onProgress: (amounts: TransferAmounts) => void;
}

const maxIdCharacters = 64;

/**
 * Fetches what a link leads to into an attempt's folder: a file, or one of Google's own documents.
 *
 * @throws OpsdeckError that says what failed; the reason of the signal
 */
export async function fetchItem(
  link: DriveLink,
  item: Item,
  fetching: ItemFetch,
): Promise<FinishedItem> {
  const { session, options, folder, retryDelayMs, onProgress } = fetching;
  const { signal } = options;
  const fetchFrom = (address: URL) =>
    transferFile({
      session,
      address,
      about: item.url,
      id: link.id,
      folder,
      signal,
      retryDelayMs,
      onProgress,
    });
  const source = sourceOf(link, options);
  try {
    return finishedItem(await fetchFrom(source.address), source.extension, item, options);
  } catch (error) {
    // Asked for one of Google's own documents as for a file, Drive fails (gdown's download.py).
    if (!(error instanceof OpsdeckError) || error.code !== "DRIVE_FAILED") throw error;
    const found = await resolveLink(session, link, signal).catch(() => link);
    signal?.throwIfAborted();
    if (!isDocumentKind(found.kind)) throw error;
    const document = sourceOf(found, options);
    return finishedItem(await fetchFrom(document.address), document.extension, item, options);
  }
}

/** Gives where a file begins, and the extension that it has at least. */
function sourceOf(link: DriveLink, options: ItemWishes) {
  if (!isDocumentKind(link.kind)) return { address: fileAddress(link), extension: "" };
  const format = exportFormat(link.kind, options.exportFormat);
  return { address: exportAddress(link.kind, link, format), extension: `.${format}` };
}

function finishedItem(
  file: TransferredFile,
  leastExtension: string,
  item: Item,
  options: ItemWishes,
): FinishedItem {
  const { etag, last_modified } = file.version;
  const given = splitFileName(file.name ?? item.title ?? item.mediaId ?? "");
  const wanted = options.filename ? splitFileName(options.filename) : given;
  const extension = wanted.extension || given.extension || leastExtension;
  return {
    mediaId: item.mediaId,
    title: file.name ?? item.title,
    files: [{
      path: file.path,
      stem: wanted.stem,
      // Without metadata nothing else tells two files of one name in a folder apart.
      mark: options.metadata === false && item.title !== null
        ? ` [${item.mediaId?.slice(0, maxIdCharacters)}]`
        : "",
      extension,
      isEmptyAtSource: file.version.total_bytes === 0,
      details: { etag, last_modified },
    }],
  };
}
