/** What is wanted of a video: its transcript, or itself in some resolution and format. */

import { ValidationError } from "../../core/mod.ts";

/** What may be asked of {@link mediaRequest}. */
export interface MediaRequestOptions {
  /** Only the subtitles. Defaults to false. */
  transcriptOnly?: boolean | undefined;
  /** The greatest height: `720`, `"720"` or `"720p"`. Defaults to the best there is. */
  resolution?: string | number | null | undefined;
  /**
   * A video container (`mp4`, `mkv`, `mov`, `webm`) or an audio format (`mp3`, `m4a`, `opus`,
   * `flac`, `wav`), with `transcriptOnly` a subtitle format (`srt`, `vtt`, `ass`, `lrc`). Defaults
   * to what the site offers, for subtitles to `srt`.
   */
  outputFormat?: string | null | undefined;
  /**
   * The languages of the subtitles, such as `en` (which takes `en-GB` too). Defaults to `en`; where
   * a video has none of them, all that people wrote are taken, or else the original language's.
   */
  languages?: readonly string[] | undefined;
}

/** What is wanted, checked. */
export type MediaRequest =
  | { kind: "transcript"; format: string; languages: readonly string[] }
  | { kind: "video"; maxHeight: number | undefined; container: string | undefined }
  | { kind: "audio"; format: string };

const videoContainers = ["mp4", "mkv", "mov", "webm"];
const audioFormats = ["mp3", "m4a", "opus", "flac", "wav"];
const subtitleFormats = ["srt", "vtt", "ass", "lrc"];
const maxHeight = 8640;

/**
 * Checks what is wanted.
 *
 * @throws ValidationError that names the option, its value and what it may be
 */
export function mediaRequest(options: MediaRequestOptions): MediaRequest {
  const format = options.outputFormat?.trim().toLowerCase().replace(/^\./, "") || undefined;
  const height = parseResolution(options.resolution);
  if (options.transcriptOnly) {
    const wanted = format ?? "srt";
    if (!subtitleFormats.includes(wanted)) throw wrongFormat(wanted, subtitleFormats);
    if (height !== undefined) throw contradiction("a transcript");
    return { kind: "transcript", format: wanted, languages: parseLanguages(options.languages) };
  }
  if (options.languages !== undefined) {
    throw new ValidationError(
      "Cannot ask for languages without asking for the transcript only, as videos come in the " +
        "language that the site offers; leave the languages out, or ask for the transcript only",
    );
  }
  if (format !== undefined && audioFormats.includes(format)) {
    if (height !== undefined) throw contradiction(`the audio format ${format}`);
    return { kind: "audio", format };
  }
  if (format !== undefined && !videoContainers.includes(format)) {
    throw wrongFormat(format, [...videoContainers, ...audioFormats]);
  }
  return { kind: "video", maxHeight: height, container: format };
}

/** Says a request in one word: two requests that say the same give the same files. */
export function requestVariant(request: MediaRequest): string {
  switch (request.kind) {
    case "transcript":
      return `transcript ${request.format} ${request.languages.join(" ")}`;
    case "audio":
      return `audio ${request.format}`;
    case "video":
      return `video ${request.maxHeight ?? "best"} ${request.container ?? "any"}`;
  }
}

function parseResolution(resolution: string | number | null | undefined): number | undefined {
  if (resolution === undefined || resolution === null || resolution === "") return undefined;
  const [, digits] = /^(\d{2,4})p?$/i.exec(String(resolution).trim()) ?? [];
  const height = Number(digits);
  if (height > 0 && height <= maxHeight) return height;
  throw new ValidationError(
    `Cannot ask for the resolution "${resolution}" as it must be a height of 10 to ${maxHeight} ` +
      "lines, such as 720 or 720p",
  );
}

function parseLanguages(languages: readonly string[] = ["en"]): string[] {
  const wanted = languages.map((language) => language.trim());
  const wrong = wanted.find((language) => !/^[A-Za-z0-9-]{2,35}$/.test(language));
  if (wrong !== undefined || wanted.length === 0) {
    throw new ValidationError(
      `Cannot ask for subtitles in "${
        wrong ?? ""
      }" as a language must be a tag such as en or pt-BR`,
    );
  }
  return wanted;
}

function wrongFormat(format: string, known: readonly string[]): ValidationError {
  return new ValidationError(
    `Cannot make the format "${format}" as it must be one of ${known.join(", ")}`,
  );
}

function contradiction(what: string): ValidationError {
  return new ValidationError(
    `Cannot ask for ${what} in a resolution as it has none; leave the resolution out`,
  );
}
