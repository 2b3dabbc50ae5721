/** What yt-dlp says of an address: its JSON, read with care. */

import { ErrorCategory, OpsdeckError } from "../../core/mod.ts";

/** What an address leads to. */
export type MediaInfo = PlaylistInfo | VideoInfo;

/** A playlist, channel or feed. */
export interface PlaylistInfo {
  /** That it is one. */
  kind: "playlist";
  /** Its id; null when it has none. */
  id: string | null;
  /** Its title; null when it has none. */
  title: string | null;
  /** What is in it, in order; undefined stands for an entry that yt-dlp could not read. */
  entries: readonly (MediaAddress | MediaInfo | undefined)[];
}

/** An entry of a playlist of which only the address is known yet. */
export interface MediaAddress {
  /** That it is one. */
  kind: "address";
  /** The address, as yt-dlp wants it back. */
  url: string;
  /** Its title as the playlist gives it; null when it has none there. */
  title: string | null;
}

/** A single video. */
export interface VideoInfo {
  /** That it is one. */
  kind: "video";
  /** Its id. */
  id: string;
  /** Its title; null when it has none. */
  title: string | null;
  /** Whether it is being sent live, or will be. */
  liveStatus: string | null;
  /** What yt-dlp chose to download: one format, or one for the picture and one for the sound. */
  chosenFormats: readonly MediaFormat[];
  /** The languages of the subtitles that people wrote. */
  subtitleLanguages: readonly string[];
  /** The languages of those that a machine wrote, translations included. */
  captionLanguages: readonly string[];
  /** The language of the video, when it is known. */
  language: string | null;
  /** What is worth keeping in a metadata file. */
  details: Record<string, unknown>;
  /** All of it, to be handed back to yt-dlp. */
  raw: Record<string, unknown>;
}

/** A stream of a video. */
export interface MediaFormat {
  /** Its id within the video. */
  id: string;
  /** Where it is. */
  url: string;
  /** How it is fetched: `https`, `m3u8_native`, `http_dash_segments` … */
  protocol: string;
  /** The headers that it is fetched with. */
  headers: Record<string, string>;
}

const keptDetails = [
  "uploader",
  "channel",
  "channel_id",
  "upload_date",
  "duration",
  "webpage_url",
  "extractor_key",
  "description",
];
const maxDetailCharacters = 5000;

/**
 * Reads what `yt-dlp --dump-single-json` printed.
 *
 * @throws OpsdeckError with the code `YTDLP_OUTPUT` when it is not what yt-dlp prints
 */
export function parseMediaInfo(text: string): MediaInfo {
  const raw = asObject(parseJson(text));
  if (raw === undefined) {
    throw new OpsdeckError(
      `Cannot read what yt-dlp printed as it must be a JSON object: it is ${text.slice(0, 80)}`,
      { code: "YTDLP_OUTPUT", category: ErrorCategory.SYSTEM, retryable: true },
    );
  }
  return mediaInfo(raw);
}

function mediaInfo(raw: Record<string, unknown>): MediaInfo {
  const isPlaylist = raw["_type"] === "playlist" || raw["_type"] === "multi_video";
  return isPlaylist ? playlistInfo(raw) : videoInfo(raw);
}

function playlistInfo(raw: Record<string, unknown>): PlaylistInfo {
  const entries = Array.isArray(raw["entries"]) ? raw["entries"] : [];
  return {
    kind: "playlist",
    id: asText(raw["id"]),
    title: asText(raw["title"]),
    entries: entries.map(playlistEntry),
  };
}

function playlistEntry(value: unknown): MediaAddress | MediaInfo | undefined {
  const raw = asObject(value);
  if (raw === undefined) return undefined;
  const type = raw["_type"];
  // A page with several videos in it describes them at once: they have no addresses of their own.
  if (type !== "url" && type !== "url_transparent") return mediaInfo(raw);
  const url = asText(raw["url"]);
  return url === null ? undefined : { kind: "address", url, title: asText(raw["title"]) };
}

function videoInfo(raw: Record<string, unknown>): VideoInfo {
  const requested = Array.isArray(raw["requested_formats"]) ? raw["requested_formats"] : [raw];
  const details = keptDetails.flatMap((name): (readonly [string, unknown])[] => {
    const value = raw[name];
    if (typeof value === "string") return [[name, value.slice(0, maxDetailCharacters)]];
    return typeof value === "number" ? [[name, value]] : [];
  });
  return {
    kind: "video",
    id: asText(raw["id"]) ?? "unknown",
    title: asText(raw["title"]),
    liveStatus: asText(raw["live_status"]),
    chosenFormats: requested.flatMap(mediaFormat),
    subtitleLanguages: languagesOf(raw["subtitles"]),
    captionLanguages: languagesOf(raw["automatic_captions"]),
    language: asText(raw["language"]),
    details: Object.fromEntries(details),
    raw,
  };
}

function mediaFormat(value: unknown): MediaFormat[] {
  const raw = asObject(value);
  const id = asText(raw?.["format_id"]);
  const url = asText(raw?.["url"]);
  if (id === null || url === null) return [];
  const headers = Object.entries(asObject(raw?.["http_headers"]) ?? {})
    .flatMap(([name, header]) => typeof header === "string" ? [[name, header] as const] : []);
  return [{
    id,
    url,
    protocol: asText(raw?.["protocol"]) ?? "",
    headers: Object.fromEntries(headers),
  }];
}

/** Chats that were recorded along are listed among the subtitles. */
function languagesOf(value: unknown): string[] {
  return Object.entries(asObject(value) ?? {})
    .filter(([name, tracks]) => name !== "live_chat" && Array.isArray(tracks) && tracks.length > 0)
    .map(([name]) => name);
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
