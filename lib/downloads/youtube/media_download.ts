/** Downloading a video or its sound by yt-dlp. */

import { relative } from "@std/path";
import { FileOperationError, toFileError } from "../../core/mod.ts";
import { classifyYtdlpFailure } from "../failures/mod.ts";
import { type AttemptFolder, looksLikeHtml } from "../publishing/mod.ts";
import type { MediaRequest } from "./media_request.ts";
import {
  areFromVersions,
  guardedInfo,
  probeStreams,
  saveVersions,
  type StreamVersions,
  versionsFileName,
} from "./stream_versions.ts";
import { fileNamesIn, type MadeFile, type VideoDownload, writeInfo } from "./video_download.ts";
import { downloadArguments } from "./ytdlp_arguments.ts";
import { type FileLine, parseYtdlpLine } from "./ytdlp_lines.ts";
import { runYtdlp } from "./ytdlp_process.ts";

/** yt-dlp reports twice a second while bytes come; its own time-out for the network is 30 s. */
const transferSilenceMs = 5 * 60_000;
/** ffmpeg says nothing until it is done. */
const processingSilenceMs = 2 * 3_600_000;
/** What yt-dlp fetches itself; the rest it leaves to ffmpeg (its `downloader/__init__.py`). */
const reportingProtocols = new Set(["http", "https", "m3u8_native", "http_dash_segments"]);

/**
 * Downloads a video or its sound.
 *
 * What an interrupted attempt left is continued if every server says that its file is still the
 * same, else removed. The verdict needs all three: yt-dlp's exit code, the path that it names, and
 * the file itself.
 *
 * @throws OpsdeckError that says what failed; the reason of the signal
 */
export async function downloadMedia(
  download: VideoDownload,
  request: MediaRequest & { kind: "video" | "audio" },
): Promise<MadeFile> {
  const { program, video, url, attempt, signal, onProgress } = download;
  const versions = await probeStreams(video.chosenFormats, signal);
  await prepare(attempt, versions);
  await writeInfo(attempt, guardedInfo(video, versions));

  const files: FileLine[] = [];
  let isProcessing = false;
  const isQuiet = video.chosenFormats.some(({ protocol }) => !reportingProtocols.has(protocol));
  const run = await runYtdlp(
    program.path,
    downloadArguments(program, request, { mayContinue: versions !== undefined }),
    {
      folder: attempt.path,
      signal,
      silenceMs: () => isProcessing || isQuiet ? processingSilenceMs : transferSilenceMs,
      onLine(text) {
        const line = parseYtdlpLine(text);
        if (line?.kind === "file") files.push(line);
        if (line?.kind === "processing") {
          isProcessing = !line.isFinished;
          onProgress({ phase: "processing", bytes: 0, totalBytes: null, ...unknownPace });
        }
        if (line?.kind === "transfer") {
          isProcessing = line.totalBytes === line.bytes;
          const { kind: _, ...amounts } = line;
          onProgress({ phase: "downloading", ...amounts });
        }
      },
    },
  );
  if (run.exitCode !== 0 || run.signal !== null) {
    throw classifyYtdlpFailure(url, { ...run, version: program.version });
  }
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw noFile(url, `yt-dlp ended well but named ${files.length} files`);
  }
  await checkFile(file.path, download, request, versions);
  return { path: file.path, label: null, details: file.details };
}

const unknownPace = { bytesPerSecond: null, etaMs: null };

/** Keeps what may be continued: parts of streams, and streams that wait to be merged. */
async function prepare(
  attempt: AttemptFolder,
  versions: StreamVersions | undefined,
): Promise<void> {
  if (versions === undefined || !await areFromVersions(attempt.path, versions)) {
    await attempt.keepOnly([]);
    if (versions !== undefined) await saveVersions(attempt.path, versions);
    return;
  }
  // A merged or converted file may be cut short, and yt-dlp would take it for a finished one.
  const isStream = (name: string) => /^media\.(f[^.]+\.[^.]+(\.part)?|[^.]+\.part)$/.test(name);
  const kept = (await fileNamesIn(attempt.path)).filter(isStream);
  await attempt.keepOnly([...kept, versionsFileName]);
}

async function checkFile(
  path: string,
  { url, attempt, video }: VideoDownload,
  request: MediaRequest,
  versions: StreamVersions | undefined,
): Promise<void> {
  if (relative(attempt.path, path).includes("/")) {
    throw noFile(url, "yt-dlp put the file elsewhere");
  }
  const size = await sizeOf(path);
  if (size === 0) throw noFile(url, "the file is missing or empty");
  if (await looksLikeHtml(path)) throw noFile(url, "a web page came instead of a video");
  // A single stream that was not converted has the length that the server named.
  const [version, ...more] = versions?.values() ?? [];
  const isAsSent = request.kind === "video" && request.container === undefined &&
    more.length === 0 && video.chosenFormats.length === 1;
  const expected = version?.total_bytes ?? size;
  if (isAsSent && expected !== size) {
    throw noFile(url, `the file has ${size} bytes and the server named ${expected}`);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const { isFile, size } = await Deno.lstat(path);
    return isFile ? size : 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw toFileError(error, "look at", path);
  }
}

function noFile(url: string, reason: string): FileOperationError {
  return new FileOperationError(
    `Cannot download ${url} as ${reason}; run this again`,
    { code: "NO_FILE", retryable: true, context: { url } },
  );
}
