/** Files and folders of Google Drive for a row (reference: downloads, Google Drive Downloads). */

import { ValidationError } from "../../core/mod.ts";
import type { DownloadOptions } from "../download_options.ts";
import type { DownloadProgress } from "../download_progress.ts";
import { oneLine } from "../failures/mod.ts";
import { itemFailure } from "../item_failure.ts";
import { MediaDownloadResult } from "../item_result.ts";
import type { RowContext } from "../row_context.ts";
import { RowDownload } from "../row_download.ts";
import type { Item } from "../row_item.ts";
import { driveAddress, type DriveLink, itemAddress, parseDriveLink } from "./drive_link.ts";
import { driveBaseUrl, DriveSession } from "./drive_session.ts";
import { fetchItem, type ItemWishes } from "./fetch_item.ts";
import { listFolder, resolveLink } from "./find_files.ts";

/** What {@link downloadDriveWithContext} can be told. */
export interface DriveDownloadOptions extends DownloadOptions, ItemWishes {
  /** The first wait after a lost connection, in milliseconds; later ones double. Defaults to 1000. */
  retryDelayMs?: number | undefined;
  /** What stands in for Google. Defaults to the setting `DRIVE_BASE_URL`, else Google itself. */
  baseUrl?: URL | undefined;
}

/** Folders within folders are followed so deep. */
const maxDepth = 20;

/**
 * Downloads a file, one of Google's own documents, or every file of a folder and of the folders in
 * it, for a row.
 *
 * A file grows in a folder of its own under `.attempts`, where an interrupted attempt is continued
 * when Drive says that the file is still the same. Once whole, it is renamed into `downloadsDir`
 * with the row's suffix before its extension, and its metadata is in `<that name>.metadata.json`.
 * Files that an earlier run has published are kept (which takes their metadata files). One file
 * that fails does not stop the others of a folder, except where they would meet the same obstacle.
 * None of Drive's own web pages is ever saved as the file.
 *
 * What fails is in the result, in `error` and in each of `items`, as an error with its category,
 * whether it is worth another try, how long to wait, and the evidence.
 *
 * @param url the link as it stands in the CSV, in any form that `parseDriveLink` knows
 * @throws ConfigurationError when `DRIVE_BASE_URL` is no address, or Deno may not reach Drive; the
 * reason of `signal` when it is aborted
 */
export async function downloadDriveWithContext(
  url: string,
  rowContext: RowContext,
  options: DriveDownloadOptions = {},
): Promise<MediaDownloadResult> {
  const { metadata = true, retryDelayMs = 1000 } = options;
  try {
    const link = parseDriveLink(url);
    const row = await RowDownload.begin("drive", url.trim(), rowContext, {
      ...options,
      metadata,
      variant: variantOf(options),
    });
    const session = new DriveSession(options.baseUrl ?? driveBaseUrl());
    await downloadEntries(link, { row, session, options, retryDelayMs });
    return new MediaDownloadResult({
      row_context: rowContext,
      media_id: link.id,
      items: row.end(),
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    return MediaDownloadResult.refused(url, rowContext, itemFailure(error, url));
  }
}

interface Job {
  row: RowDownload;
  session: DriveSession;
  options: DriveDownloadOptions;
  retryDelayMs: number;
}

/** Something that waits to be downloaded, and how many folders it lies in. */
interface Waiting {
  /** What it is; undefined for what cannot be downloaded. */
  link: DriveLink | undefined;
  /** Where it leads. */
  url: string;
  /** Its name in the folder's list; null when it has none there. */
  name: string | null;
  depth: number;
}

async function downloadEntries(link: DriveLink, job: Job): Promise<void> {
  const { row, session, options } = job;
  const seen = new Set<string>();
  let waiting: Waiting[] = [{ link, url: itemAddress(link), name: null, depth: 0 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { link, url, name, depth } = next;
    const item = { url, mediaId: link?.id ?? null, title: name };
    if (seen.has(url) || row.isThere(item)) continue;
    seen.add(url);
    if (link === undefined) {
      await row.attempt(item, () => Promise.reject(notAFile(item)));
      continue;
    }
    const place = {
      item: row.results.length + 1,
      itemCount: row.results.length + waiting.length + 1,
    };
    report(options, item, { ...place, phase: "finding", ...nothingYet });
    const found = link.kind === "unknown"
      ? await row.attempt(item, () => resolveLink(session, link, options.signal))
      : link;
    if (found === undefined) continue;
    if (found.kind === "folder") {
      const entries = await row.attempt(item, () => entriesOf(found, depth, job));
      waiting = (entries ?? []).concat(waiting); // too many for the arguments of a call
      continue;
    }
    await row.download(
      item,
      (attempt) =>
        fetchItem(found, item, {
          ...job,
          folder: attempt.path,
          onProgress: (amounts) =>
            report(options, item, { ...place, phase: "downloading", ...amounts }),
        }),
    );
  }
}

async function entriesOf(
  folder: DriveLink,
  depth: number,
  { session, options }: Job,
): Promise<Waiting[]> {
  const entries = await listFolder(session, folder, options.signal);
  const problem = depth >= maxDepth
    ? `it lies ${depth} folders deep`
    : options.filename
    ? `it is a folder, and its files cannot all be named "${options.filename}"`
    : undefined;
  if (problem === undefined) return entries.map((entry) => ({ ...entry, depth: depth + 1 }));
  throw new ValidationError(`Cannot download ${driveAddress(folder)} as ${problem}`, {
    code: "NO_ITEMS",
    context: { url: driveAddress(folder) },
  });
}

function notAFile({ url, title }: Item): ValidationError {
  const name = title === null ? url : `"${oneLine(title)}" (${url})`;
  return new ValidationError(
    `Cannot download ${name} as it is no file and no document that Google exports: a form, a ` +
      "drawing, a map or a site; save it by hand, and take it out of the folder",
    { code: "DRIVE_NOT_A_FILE", context: { url } },
  );
}

function variantOf({ exportFormat, filename }: DriveDownloadOptions): string {
  return `${exportFormat ?? "default"}${filename ? ` as ${filename}` : ""}`;
}

const nothingYet = { bytes: 0, totalBytes: null, bytesPerSecond: null, etaMs: null };

function report(
  { onProgress }: DriveDownloadOptions,
  item: Item,
  amounts: Omit<DownloadProgress, "label">,
): void {
  onProgress?.({ label: oneLine(item.title ?? item.url), ...amounts });
}
