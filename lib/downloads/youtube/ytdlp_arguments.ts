/** The arguments that yt-dlp is run with. */

import type { MediaRequest } from "./media_request.ts";
import { jsRuntimeArguments, type YtdlpProgram } from "./ytdlp_program.ts";

/** The stem of every file that yt-dlp makes: no title of a stranger reaches the file system. */
export const mediaStem = "media";

/** The file that holds what is known of a video, in the folder that yt-dlp works in. */
export const infoFileName = "info.json";

const socketTimeoutSeconds = 30;
const progressSeconds = 0.5;

/** What every run has in common. */
function commonArguments(program: YtdlpProgram): string[] {
  return [
    "--ignore-config", // the user's own configuration may do anything, running programs included
    "--no-color",
    "--quiet",
    "--socket-timeout",
    String(socketTimeoutSeconds),
    "--extractor-retries",
    "2",
    ...jsRuntimeArguments(program, Deno.execPath()),
  ];
}

/** Arguments that print what is known of an address: a video, or a playlist without its videos. */
export function inspectArguments(
  program: YtdlpProgram,
  request: MediaRequest,
  url: string,
): string[] {
  return [
    ...commonArguments(program),
    "--dump-single-json",
    "--flat-playlist",
    ...selection(request),
    "--",
    url,
  ];
}

/** How the formats may be fetched. */
export interface FetchRules {
  /**
   * Whether a part that is there may be continued, and a lost connection be taken up again, since
   * the server says which version of the file it sends.
   */
  mayContinue: boolean;
}

/** Arguments that download what {@link infoFileName} describes into the folder that is worked in. */
export function downloadArguments(
  program: YtdlpProgram,
  request: MediaRequest,
  { mayContinue }: FetchRules,
): string[] {
  return [
    ...commonArguments(program),
    "--load-info-json",
    infoFileName,
    "--output",
    `${mediaStem}.%(ext)s`,
    "--no-mtime",
    "--no-overwrites",
    "--abort-on-unavailable-fragments", // else a video with holes counts as a success
    "--fragment-retries",
    "3",
    ...(mayContinue ? ["--continue", "--retries", "3"] : ["--no-continue", "--retries", "0"]),
    ...selection(request),
    ...conversion(request),
    ...reports(request),
  ];
}

/** Arguments that download subtitles; they are few and small and never continued. */
export function transcriptArguments(
  program: YtdlpProgram,
  request: MediaRequest & { kind: "transcript" },
  languages: readonly string[],
): string[] {
  return [
    ...downloadArguments(program, request, { mayContinue: false }),
    "--write-subs",
    "--write-auto-subs",
    "--sub-langs",
    languages.map(escapePattern).join(","),
    "--convert-subs",
    request.format,
  ];
}

function selection(request: MediaRequest): string[] {
  if (request.kind === "transcript") return ["--skip-download", "--ignore-no-formats-error"];
  if (request.kind === "audio") return ["--format", "ba/b"];
  const { maxHeight, container } = request;
  const limit = maxHeight === undefined ? "" : `[height<=${maxHeight}]`;
  const any = `bv*${limit}+ba/b${limit}`;
  // What fits the container needs no conversion.
  const fitting = container === "webm"
    ? `bv*${limit}[ext=webm]+ba[ext=webm]/b${limit}[ext=webm]/`
    : "";
  return ["--format", `${fitting}${any}`];
}

function conversion(request: MediaRequest): string[] {
  if (request.kind === "audio") return ["--extract-audio", "--audio-format", request.format];
  if (request.kind !== "video" || request.container === undefined) return [];
  // Only webm needs other codecs than most sites send.
  const convert = request.container === "webm" ? "--recode-video" : "--remux-video";
  return [convert, request.container];
}

function reports(request: MediaRequest): string[] {
  if (request.kind === "transcript") return [];
  return [
    "--newline",
    "--progress",
    "--progress-delta",
    String(progressSeconds),
    "--progress-template",
    "download:P %(progress)j",
    "--progress-template",
    "postprocess:Q %(progress)j",
    "--print",
    "after_move:M %(.{filepath,ext,format_id,height,width,duration})j",
  ];
}

function escapePattern(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (character) => `\\${character}`);
}
