/**
 * Knowing which version of its streams a video has before yt-dlp fetches them.
 *
 * yt-dlp continues a part without asking whether the source is still the same, and so makes files
 * of two halves that do not belong together. It passes on the headers of a format, though: with
 * `If-Range` in them, a server whose file has changed sends the whole new one, and yt-dlp starts
 * again.
 */

import { join } from "@std/path";
import { withDeadline, writeFileAtomic } from "../../core/mod.ts";
import {
  ifRangeValue,
  isSameVersion,
  parseSourceVersion,
  type SourceVersion,
  sourceVersion,
} from "../http_source/source_version.ts";
import type { MediaFormat, VideoInfo } from "./media_info.ts";

/** The version of each stream, by the stream's format id. */
export type StreamVersions = ReadonlyMap<string, SourceVersion>;

/** The note in an attempt's folder of the versions that its parts come from. */
export const versionsFileName = "versions.json";
const probeDeadlineMs = 20_000;

/**
 * Asks the servers which version of the chosen streams they hold; undefined unless every one is a
 * single file with a strong validator.
 */
export async function probeStreams(
  formats: readonly MediaFormat[],
  signal?: AbortSignal,
): Promise<StreamVersions | undefined> {
  const versions = new Map<string, SourceVersion>();
  for (const format of formats) {
    const version = await probe(format, signal);
    if (version === undefined || ifRangeValue(version) === undefined) return undefined;
    versions.set(format.id, version);
  }
  return versions.size === 0 ? undefined : versions;
}

/** Gives what yt-dlp is to load: all that it said itself, with `If-Range` for the streams. */
export function guardedInfo(
  video: VideoInfo,
  versions: StreamVersions | undefined,
): Record<string, unknown> {
  // Given the page's address, yt-dlp would go back to it on failure, without these headers.
  const { webpage_url: _page, original_url: _original, ...info } = video.raw;
  if (versions === undefined) return info;
  const guard = (format: unknown): unknown => {
    if (typeof format !== "object" || format === null) return format;
    const { format_id, http_headers }: { format_id?: unknown; http_headers?: unknown } = format;
    const version = typeof format_id === "string" ? versions.get(format_id) : undefined;
    const validator = version === undefined ? undefined : ifRangeValue(version);
    if (validator === undefined) return format;
    return { ...format, http_headers: { ...Object(http_headers), "If-Range": validator } };
  };
  const formats = info["formats"];
  // A video of a single stream is described by its own fields.
  return {
    ...Object(guard(info)),
    ...(Array.isArray(formats) ? { formats: formats.map(guard) } : {}),
  };
}

/** Notes in an attempt's folder which versions its parts come from. */
export async function saveVersions(folder: string, versions: StreamVersions): Promise<void> {
  await writeFileAtomic(join(folder, versionsFileName), JSON.stringify([...versions]));
}

/** Tells whether the parts in an attempt's folder come from these versions. */
export async function areFromVersions(folder: string, versions: StreamVersions): Promise<boolean> {
  const noted = await readVersions(folder);
  return noted !== undefined && noted.size === versions.size &&
    [...versions].every(([id, version]) => {
      const before = noted.get(id);
      return before !== undefined && isSameVersion(before, version);
    });
}

async function readVersions(folder: string): Promise<StreamVersions | undefined> {
  try {
    const pairs: unknown = JSON.parse(await Deno.readTextFile(join(folder, versionsFileName)));
    if (!Array.isArray(pairs)) return undefined;
    return new Map(pairs.flatMap((pair: unknown) => {
      const [id, value] = Array.isArray(pair) ? pair : [];
      const version = parseSourceVersion(value);
      return typeof id === "string" && version !== undefined ? [[id, version] as const] : [];
    }));
  } catch {
    return undefined; // without it nothing is known of the parts
  }
}

/** One byte is asked for: some servers of media refuse HEAD. Failing is for yt-dlp to report. */
async function probe(
  { url, protocol, headers }: MediaFormat,
  signal?: AbortSignal,
): Promise<SourceVersion | undefined> {
  if (protocol !== "http" && protocol !== "https") return undefined;
  try {
    return await withDeadline(async (stop) => {
      const response = await fetch(url, {
        headers: { ...headers, "Accept-Encoding": "identity", Range: "bytes=0-0" },
        signal: stop,
      });
      await response.body?.cancel();
      return response.ok ? sourceVersion(response.headers) : undefined;
    }, { ms: probeDeadlineMs, signal, onTimeout: () => new DOMException("", "TimeoutError") });
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
