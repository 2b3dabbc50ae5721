/** Videos, playlists and transcripts for a row (reference: downloads, YouTube Downloads). */

import { ValidationError } from "../../core/mod.ts";
import type { DownloadOptions } from "../download_options.ts";
import type { DownloadProgress, OnProgress } from "../download_progress.ts";
import { oneLine } from "../failures/mod.ts";
import { itemFailure } from "../item_failure.ts";
import { MediaDownloadResult } from "../item_result.ts";
import { splitFileName } from "../publishing/mod.ts";
import type { RowContext } from "../row_context.ts";
import { RowDownload } from "../row_download.ts";
import type { Item } from "../row_item.ts";
import { findMedia } from "./find_media.ts";
import { checkMediaAddress, shownAddress } from "./media_address.ts";
import type { MediaInfo, VideoInfo } from "./media_info.ts";
import {
  type MediaRequest,
  mediaRequest,
  type MediaRequestOptions,
  requestVariant,
} from "./media_request.ts";
import { downloadMedia } from "./media_download.ts";
import { downloadTranscript } from "./transcript_download.ts";
import type { VideoDownload } from "./video_download.ts";
import { entriesOf, itemOf, type Waiting } from "./waiting_media.ts";
import { findYtdlp, ytdlpPath as configuredPath, type YtdlpProgram } from "./ytdlp_program.ts";

/** What {@link downloadYoutubeWithContext} can be told. */
export interface YoutubeDownloadOptions extends DownloadOptions, MediaRequestOptions {
  /** The name or path of yt-dlp. Defaults to the setting `YTDLP_PATH`, else `yt-dlp` on PATH. */
  ytdlpPath?: string | undefined;
}

const maxIdCharacters = 64;

/**
 * Downloads a video, every item of a playlist, or their transcripts, for a row.
 *
 * Every item is downloaded in a folder of its own under `.attempts`, where an interrupted attempt
 * is continued when its source is still the same. A finished file is checked and renamed into
 * `downloadsDir`, as `<title> [<id>]<suffix of the row>.<extension>`, with its metadata in
 * `<that name>.metadata.json`. Items that an earlier run has published are kept. One item that
 * fails does not stop the others, except where they would meet the same obstacle.
 *
 * What fails is in the result, in `error` and in each of `items`, as an error with its category,
 * whether it is worth another try, and the evidence.
 *
 * @param url the address as it stands in the CSV: http or https, of any site that yt-dlp knows
 * @throws ConfigurationError when yt-dlp is missing, too old or may not be run; the reason of
 * `signal` when it is aborted: no process is left then
 */
export async function downloadYoutubeWithContext(
  url: string,
  rowContext: RowContext,
  options: YoutubeDownloadOptions = {},
): Promise<MediaDownloadResult> {
  try {
    const address = checkMediaAddress(url);
    const request = mediaRequest(options);
    const row = await RowDownload.begin("youtube", address, rowContext, {
      ...options,
      metadata: true,
      variant: requestVariant(request),
    });
    const mediaId = await downloadItems(address, { row, request, options });
    return new MediaDownloadResult({
      row_context: rowContext,
      media_id: mediaId,
      items: row.end(),
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    const shown = shownAddress(url);
    return MediaDownloadResult.refused(shown, rowContext, itemFailure(error, shown));
  }
}

interface Job {
  row: RowDownload;
  request: MediaRequest;
  options: YoutubeDownloadOptions;
}

/** Downloads everything at an address and gives the id of the video or playlist there. */
async function downloadItems(address: string, job: Job): Promise<string | null> {
  const { row, options } = job;
  const seen = new Set<string>();
  const waiting: Waiting[] = [{
    media: { kind: "address", url: address, title: null },
    page: address,
    position: 1,
    depth: 0,
  }];
  let mediaId: string | null = null;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { depth } = next;
    const place = {
      item: row.results.length + 1,
      itemCount: row.results.length + waiting.length + 1,
    };
    const report = reporter(options.onProgress, place);
    const item = itemOf(next);
    if (seen.has(item.url) || row.isThere(item)) continue;
    seen.add(item.url);
    report(item, { phase: "finding", ...nothingYet });
    const media = await row.attempt(item, () => lookInto(next, job));
    if (media === undefined) continue;
    if (depth === 0) mediaId = media.id;
    if (media.kind === "playlist") {
      const entries = await row.attempt(
        item,
        () => Promise.resolve(entriesOf(media, item.url, depth + 1)),
      );
      waiting.unshift(...entries ?? []);
    } else {
      await downloadItem({ ...item, mediaId: media.id, title: media.title }, media, job, report);
    }
  }
  return mediaId ?? row.results[0]?.media_id ?? null;
}

async function downloadItem(
  item: Item,
  video: VideoInfo,
  { row, request, options }: Job,
  report: ReturnType<typeof reporter>,
): Promise<void> {
  const program = await findProgram(options);
  await row.download(item, async (attempt) => {
    requireFinished(video, item.url);
    const download: VideoDownload = {
      program,
      video,
      url: item.url,
      attempt,
      signal: options.signal,
      onProgress: (amounts) => report(item, amounts),
    };
    const files = request.kind === "transcript"
      ? await downloadTranscript(download, request)
      : [await downloadMedia(download, request)];
    return {
      mediaId: video.id,
      title: video.title,
      files: files.map(({ path, label, details }) => ({
        path,
        stem: video.title ?? "",
        mark: ` [${asMark(video.id)}]${label === null ? "" : `.${asMark(label)}`}`,
        extension: splitFileName(path).extension,
        details: { ...video.details, ...details, ytdlp_version: program.version },
      })),
    };
  });
}

/** A name is never longer for it than a file's name may be, whatever a site calls its videos. */
function asMark(id: string): string {
  return id.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, maxIdCharacters);
}

/** A stream that goes on has no end, and one that has not begun nothing to download. */
function requireFinished({ liveStatus }: VideoInfo, url: string): void {
  if (liveStatus !== "is_live" && liveStatus !== "is_upcoming") return;
  const what = liveStatus === "is_live" ? "is being sent live" : "has not begun";
  throw new ValidationError(
    `Cannot download ${url} as it ${what}; run this again once it is over`,
    { code: "NOT_YET", context: { url, live_status: liveStatus } },
  );
}

/** Gives what lies behind something that waits, asking yt-dlp where only its address is known. */
async function lookInto({ media, page }: Waiting, { request, options }: Job): Promise<MediaInfo> {
  if (media === undefined) {
    throw new ValidationError(
      `Cannot download an entry of ${page} as yt-dlp cannot read it; it may be gone`,
      { code: "GONE", context: { url: page } },
    );
  }
  if (media.kind !== "address") return media;
  return await findMedia(await findProgram(options), request, media.url, options.signal);
}

async function findProgram({ ytdlpPath, signal }: YoutubeDownloadOptions): Promise<YtdlpProgram> {
  return await findYtdlp(ytdlpPath ?? configuredPath(), signal);
}

const nothingYet = { bytes: 0, totalBytes: null, bytesPerSecond: null, etaMs: null };

function reporter(
  onProgress: OnProgress | undefined,
  place: Pick<DownloadProgress, "item" | "itemCount">,
) {
  return (item: Item, amounts: Omit<DownloadProgress, "label" | "item" | "itemCount">): void =>
    onProgress?.({ label: oneLine(item.title ?? item.url), ...place, ...amounts });
}
